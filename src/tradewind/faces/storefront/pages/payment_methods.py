"""What a customer had kept to pay with, and agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import frame
from tradewind.faces.storefront.messages import is_ours_to_say, words
from tradewind.faces.storefront.pages.account import signed_in
from tradewind.kernel.http import Response


@signed_in
async def show_payment_methods(visit: Visit) -> Response:
    return await _shown(visit)


@signed_in
async def show_balance(visit: Visit) -> Response:
    """What is on a gift card, for whoever has its code."""
    form = await visit.form()
    code = form["gift_card"][:40]
    try:
        balance = await visit.api.post("/v1/gift-cards/balance", {"code": code})
    except ApiProblem as problem:
        if not is_ours_to_say(problem) and problem.status != 404:
            raise
        refused = "rate_limited" if problem.status == 429 else "gift_card_unknown"
        return await _shown(visit, 422, typed=code, errors={"gift_card": words(visit, refused)})
    return await _shown(visit, balance=balance)


@signed_in
async def delete_payment_method(visit: Visit) -> Response:
    form = await visit.form()
    await visit.api.delete(f"/v1/me/payment-methods/{visit.parameter('method_id')}", key=form["key"])
    return visit.see_other("/account/payment-methods")


async def _shown(
    visit: Visit,
    status: int = 200,
    *,
    typed: str = "",
    errors: Mapping[str, str] | None = None,
    balance: Mapping[str, Any] | None = None,
) -> Response:
    saved = await visit.api.get("/v1/me/payment-methods")
    values: dict[str, Any] = {"saved": saved["items"], "typed": typed, "balance": balance}
    return await frame.page(visit, "payment_methods.html", status, errors=errors or {}, **values)
