"""What a customer had kept to pay with, and agreed to."""

from __future__ import annotations

from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import frame
from tradewind.faces.storefront.pages.account import signed_in
from tradewind.kernel.http import Response


@signed_in
async def show_payment_methods(visit: Visit) -> Response:
    saved = await visit.api.get("/v1/me/payment-methods")
    return await frame.page(visit, "payment_methods.html", saved=saved["items"])


@signed_in
async def delete_payment_method(visit: Visit) -> Response:
    form = await visit.form()
    await visit.api.delete(f"/v1/me/payment-methods/{visit.parameter('method_id')}", key=form["key"])
    return visit.see_other("/account/payment-methods")
