"""What makes a SKU special, and what became of its pieces: policy, bundle, safety stock, states, lots."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.pages import stock
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

PART: Final = re.compile(r"(?P<sku>.+?)\s*[:×]\s*(?P<quantity>\d{1,4})")


async def set_policy(visit: Visit) -> Response:
    form = await visit.form()
    body: dict[str, Any] = {
        "sku": form["sku"],
        "tracking": form["tracking"],
        "sell_beyond": form["sell_beyond"],
        "limit": form.whole_as_typed("limit", 0),
    }
    for name in ("expected_at", "released_at"):
        if form[name]:
            try:
                body[name] = f"{date.fromisoformat(form[name])}T00:00:00Z"
            except ValueError:
                return await stock.show_item(visit, {name: mistake(visit, "day_invalid")}, form, 422)
    names = {name: name for name in ("tracking", "sell_beyond", "limit", "expected_at", "released_at")}
    return await _sent(visit, "PUT", "/v1/stock/policies", body, form, names)


async def define_bundle(visit: Visit) -> Response:
    """One part a line: its SKU, a colon, and how many of it."""
    form = await visit.form()
    parts = []
    for line in form["parts"].splitlines():
        found = PART.fullmatch(line.strip())
        if found is None and line.strip():
            return await stock.show_item(visit, {"parts": mistake(visit, "parts_invalid")}, form, 422)
        if found is not None:
            parts.append({"sku": found["sku"], "quantity": int(found["quantity"])})
    body = {"sku": form["sku"], "parts": parts}
    return await _sent(visit, "PUT", "/v1/stock/bundles", body, form, {"parts": "parts"})


async def set_safety_stock(visit: Visit) -> Response:
    form = await visit.form()
    quantity = form.whole("safety")
    if quantity is None:
        return await stock.show_item(visit, {"safety": mistake(visit, "number_invalid")}, form, 422)
    body = {"sku": form["sku"], "warehouse": form["warehouse"], "quantity": quantity}
    return await _sent(visit, "PUT", "/v1/stock/safety", body, form, {"quantity": "safety"})


async def move_pieces(visit: Visit) -> Response:
    form = await visit.form()
    quantity = form.whole("pieces")
    if not quantity:
        return await stock.show_item(visit, {"pieces": mistake(visit, "number_invalid")}, form, 422)
    body: dict[str, Any] = {
        "sku": form["sku"],
        "warehouse": form["warehouse"],
        "kind": form["kind"],
        "quantity": quantity,
        "reason": form["why"],
    }
    if form["lot"]:
        body["lot"] = form["lot"]
    if form["from_state"]:
        body["from_state"] = form["from_state"]
    names = {"quantity": "pieces", "reason": "why", "lot": "lot", "from_state": "from_state"}
    if form["ask"] and form["kind"] == "write_off":
        del body["kind"]
        asked = {**body, "quantity": -quantity}
        return await _sent(
            visit, "POST", "/v1/adjustment-requests", asked, form, names, notice="adjustment_asked"
        )
    return await _sent(visit, "POST", "/v1/stock/moves", body, form, names)


async def set_lot_expiry(visit: Visit) -> Response:
    """`place` is the warehouse's code, a space, and the lot."""
    form = await visit.form()
    warehouse, _, lot = form["place"].partition(" ")
    body = {
        "sku": form["sku"],
        "warehouse": warehouse,
        "lot": lot,
        "expires_on": form["sold_until"] or None,
        "reason": form["dated_why"],
    }
    names = {"lot": "place", "expires_on": "sold_until", "reason": "dated_why"}
    return await _sent(visit, "PUT", "/v1/stock/lots/expiry", body, form, names, notice="expiry_set")


async def _sent(
    visit: Visit,
    method: str,
    path: str,
    body: dict[str, Any],
    form: Fields,
    names: Mapping[str, str],
    *,
    notice: str = "stock_changed",
) -> Response:
    """`names` says what the form calls each field of the request."""
    try:
        if method == "POST":
            await visit.api.post(path, body, key=form["key"])
        else:
            await visit.api.put(path, body, key=form["key"])
    except ApiProblem as problem:
        errors = {names.get(f, f): text for f, text in by_field(visit, problem, names).items()}
        above = problem.code == "approval_needed"
        return await stock.show_item(visit, errors, form, problem.status, above=above)
    return done(visit, visit.own_path(form["back"], stock.LIST), notice)
