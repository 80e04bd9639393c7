"""Purchase orders: drafted, placed, received, ended; on paper and as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tradewind.faces.backoffice.amounts import minor_units
from tradewind.faces.backoffice.doers import doers
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, by_row, mistake
from tradewind.faces.backoffice.rows import (
    MORE_ROWS,
    not_counted,
    tracked,
    typed_rows,
    warehouses,
    whole,
    with_room,
)
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/purchase-orders"
STATES = {
    "": marked("All"),
    "draft": marked("Drafts"),
    "placed": marked("Placed"),
    "partly_received": marked("Partly received"),
    "received": marked("Received"),
    "closed": marked("Closed"),
    "cancelled": marked("Cancelled"),
}
MOVES = {"place": "placement", "cancel": "cancellation", "close": "closing"}
NOTICES = {"place": "purchase_placed", "cancel": "purchase_cancelled", "close": "purchase_closed"}
SPARE_ROWS = 2
CAME = ("received", "damaged", "refused")
CSV = (b"content-type", b"text/csv")


async def show_purchases(visit: Visit) -> Response:
    state = visit.query["state"] if visit.query["state"] in STATES else ""
    orders = await visit.api.get(
        "/v1/purchase-orders", state=state or None, cursor=visit.query["cursor"] or None
    )
    return await page(visit, "purchases.html", orders=orders, states=STATES, state=state)


async def show_new_purchase(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    suppliers, places = await visit.api.together(
        visit.api.get("/v1/suppliers", active=True, limit=100), warehouses(visit)
    )
    form = form or Fields([("supplier", visit.query["supplier"]), ("sku", visit.query["sku"])])
    return await page(
        visit,
        "purchase_new.html",
        status,
        suppliers=suppliers["items"],
        warehouses=places,
        rows=with_room(typed_rows(form, "sku", "packs"), 2, more=bool(form["more"])),
        errors=errors or {},
        form=form,
    )


async def create_purchase(visit: Visit) -> Response:
    form = await visit.form()
    if form["more"]:
        return await show_new_purchase(visit, None, form)
    lines, wrong = _lines(visit, form)
    if wrong:
        return await show_new_purchase(visit, {"": wrong}, form, 422)
    body = {
        "supplier": form["supplier"],
        "warehouse": form["warehouse"],
        "lines": lines,
        "expected_on": form["expected_on"] or None,
        "supplier_reference": form["supplier_reference"],
        "note": form["note"],
    }
    try:
        made = await visit.api.post("/v1/purchase-orders", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_row(visit, problem, lines, ("supplier", "warehouse", "expected_on"))
        return await show_new_purchase(visit, errors, form, problem.status)
    return done(visit, f"{LIST}/{made['purchase_order_id']}", "purchase_drafted")


def _lines(visit: Visit, form: Fields) -> tuple[list[dict[str, Any]], str]:
    """What is ordered, and what is wrong with it in words."""
    rows = typed_rows(form, "sku", "packs")
    for sku, packs in rows:
        if not whole(packs):
            return [], f"{sku}: {mistake(visit, not_counted(packs))}"
    wrong = "" if rows else mistake(visit, "required")
    return [{"sku": sku, "packs": whole(packs)} for sku, packs in rows], wrong


async def change_lines(visit: Visit) -> Response:
    """Of a draft: all of its lines anew. A row without a SKU and packs is left out."""
    form = await visit.form()
    if form["more"]:
        return await show_purchase(visit, None, form)
    lines, wrong = _lines(visit, form)
    if wrong:
        return await show_purchase(visit, {"": wrong}, form, 422)
    try:
        await visit.api.patch(_path(visit), {"lines": lines}, key=form["key"])
    except ApiProblem as problem:
        return await show_purchase(visit, by_row(visit, problem, lines), form, problem.status)
    return done(visit, f"{LIST}/{visit.parameter('purchase_order_id')}", "purchase_changed")


async def show_purchase(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    order = await visit.api.get(_path(visit))
    form = form or Fields([])
    ordered = [(line["sku"], str(line["packs"])) for line in order["lines"]]
    changed = typed_rows(form, "sku", "packs") if "packs" in form else ordered
    return await page(
        visit,
        "purchase.html",
        status,
        order=order,
        rows=[*changed, *[("", "")] * (MORE_ROWS if form["more"] else SPARE_ROWS)],
        changing="packs" in form,
        doers=await doers(visit, [step["actor"] for step in order["history"]]),
        tracking=await tracked(visit, [line["sku"] for line in order["lines"]]),
        came=_came(order, form),
        errors=errors or {},
        form=form,
    )


def _came(order: Mapping[str, Any], form: Fields) -> list[dict[str, Any]]:
    """What the form of a delivery has in it: what was typed, else a row for each line, all of it good."""
    lines = {line["sku"]: line for line in order["lines"]}
    names = ("sku", "lot", "expires_on", *CAME)
    rows = [dict(zip(names, row, strict=True)) for row in typed_rows(form, *names)]
    if not rows:
        nothing = dict.fromkeys(names, "")
        rows = [{**nothing, "sku": sku, "received": line["outstanding"] or ""} for sku, line in lines.items()]
    return [{**row, "line": lines[row["sku"]]} for row in rows if row["sku"] in lines]


async def print_purchase(visit: Visit) -> Response:
    """As the supplier gets it on paper: the browser prints it, or saves it as PDF."""
    order = await visit.api.get(_path(visit))
    supplier, warehouse = await visit.api.together(
        visit.api.get(f"/v1/suppliers/{quote(order['supplier'])}"),
        visit.api.get(f"/v1/warehouses/{quote(order['warehouse'])}"),
    )
    return await page(visit, "purchase_print.html", order=order, supplier=supplier, warehouse=warehouse)


async def download_purchase(visit: Visit) -> Response:
    answer = await visit.api.exchange("GET", f"{_path(visit)}/csv")
    if answer.status != 200:
        raise ApiProblem(answer.status, {"code": "purchase_order_not_found"})
    disposition = (b"content-disposition", b'attachment; filename="purchase-order.csv"')
    return visit.answer(Response(200, answer.body, [CSV, disposition, (b"cache-control", b"no-store")]))


async def move_purchase(visit: Visit) -> Response:
    """Place, cancel or close it."""
    form = await visit.form()
    move = form["move"] if form["move"] in MOVES else "place"
    body = None if move == "place" else {"reason": form["reason"]}
    try:
        await visit.api.post(f"{_path(visit)}/{MOVES[move]}", body, key=form["key"])
    except ApiProblem as problem:
        return await show_purchase(visit, by_field(visit, problem, ("reason",)), form, problem.status)
    return done(visit, f"{LIST}/{visit.parameter('purchase_order_id')}", NOTICES[move])


async def receive_purchase(visit: Visit) -> Response:
    """Fields left empty are nothing."""
    form = await visit.form()
    if form["more"]:
        form.pairs.append(("sku", form["more"]))
        return await show_purchase(visit, None, form)
    order = await visit.api.get(_path(visit))
    lines: list[dict[str, Any]] = []
    for sku, lot, expires_on, *pieces in typed_rows(form, "sku", "lot", "expires_on", *CAME):
        numbers = [whole(text or "0") for text in pieces]
        if None in numbers:
            wrong = f"{sku}: {mistake(visit, 'number_invalid')}"
            return await show_purchase(visit, {"": wrong}, form, 422)
        if any(numbers):
            named = {"sku": sku, "lot": lot or None, "expires_on": expires_on or None}
            lines.append({**named, **dict(zip(CAME, numbers, strict=True))})
    costs = {name: minor_units(form[name] or "0", order["currency"]) for name in ("freight", "duty", "other")}
    errors = {name: mistake(visit, "amount_invalid") for name, cost in costs.items() if cost is None}
    if not form["reference"]:
        errors["reference"] = mistake(visit, "required")
    if errors or not lines:
        return await show_purchase(visit, errors or {"": mistake(visit, "nothing_chosen")}, form, 422)
    body: dict[str, Any] = {
        "reference": form["reference"],
        "lines": lines,
        "share_by": form["share_by"] or "value",
        **{f"{name}_minor": cost for name, cost in costs.items()},
    }
    try:
        await visit.api.post(f"{_path(visit)}/receipts", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_row(visit, problem, lines, ("reference", "share_by"))
        return await show_purchase(visit, errors, form, problem.status)
    return done(visit, f"{LIST}/{visit.parameter('purchase_order_id')}", "stock_received")


def _path(visit: Visit) -> str:
    return f"/v1/purchase-orders/{quote(visit.parameter('purchase_order_id'))}"
