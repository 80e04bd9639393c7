"""Transfers between warehouses: drafted, sent, received."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.backoffice.rows import typed_rows, warehouses, whole, with_room
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/transfers"
STATES = {
    "": marked("All"),
    "draft": marked("Drafts"),
    "sent": marked("On their way"),
    "partly_received": marked("Partly received"),
    "received": marked("Received"),
    "cancelled": marked("Cancelled"),
}


async def show_transfers(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    state = visit.query["state"] if visit.query["state"] in STATES else ""
    transfers, places = await visit.api.together(
        visit.api.get("/v1/transfers", state=state or None, cursor=visit.query["cursor"] or None),
        warehouses(visit),
    )
    form = form or Fields([])
    return await page(
        visit,
        "transfers.html",
        status,
        transfers=transfers,
        warehouses=places,
        states=STATES,
        state=state,
        rows=with_room(typed_rows(form, "sku", "quantity"), 2, more=bool(form["more"])),
        errors=errors or {},
        form=form,
    )


async def create_transfer(visit: Visit) -> Response:
    form = await visit.form()
    if form["more"]:
        return await show_transfers(visit, None, form)
    lines = []
    for sku, quantity in typed_rows(form, "sku", "quantity"):
        if not whole(quantity):
            wrong = f"{sku}: {mistake(visit, 'number_invalid')}"
            return await show_transfers(visit, {"": wrong}, form, 422)
        lines.append({"sku": sku, "quantity": whole(quantity)})
    if not lines:
        return await show_transfers(visit, {"": mistake(visit, "required")}, form, 422)
    body = {
        "source": form["source"],
        "destination": form["destination"],
        "lines": lines,
        "note": form["note"],
    }
    try:
        made = await visit.api.post("/v1/transfers", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_field(visit, problem, ("source", "destination"))
        return await show_transfers(visit, errors, form, problem.status)
    return done(visit, f"{LIST}/{made['transfer_id']}", "transfer_drafted")


async def show_transfer(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    transfer = await visit.api.get(_path(visit))
    return await page(
        visit, "transfer.html", status, transfer=transfer, errors=errors or {}, form=form or Fields([])
    )


async def move_transfer(visit: Visit) -> Response:
    """Send or cancel it."""
    form = await visit.form()
    cancelled = form["move"] == "cancel"
    try:
        if cancelled:
            await visit.api.post(f"{_path(visit)}/cancellation", {"reason": form["reason"]}, key=form["key"])
        else:
            await visit.api.post(f"{_path(visit)}/dispatch", key=form["key"])
    except ApiProblem as problem:
        return await show_transfer(visit, by_field(visit, problem), form, problem.status)
    notice = "transfer_cancelled" if cancelled else "transfer_sent"
    return done(visit, f"{LIST}/{visit.parameter('transfer_id')}", notice)


async def receive_transfer(visit: Visit) -> Response:
    """Fields left empty are nothing."""
    form = await visit.form()
    lines = []
    for sku, lot, *pieces in typed_rows(form, "sku", "lot", "received", "damaged", "missing"):
        numbers = [whole(text or "0") for text in pieces]
        if None in numbers:
            wrong = f"{sku}: {mistake(visit, 'number_invalid')}"
            return await show_transfer(visit, {"": wrong}, form, 422)
        if any(numbers):
            named = {"sku": sku, "lot": lot or None}
            lines.append({**named, "received": numbers[0], "damaged": numbers[1], "missing": numbers[2]})
    if not lines or not form["reference"]:
        wrong_field = "reference" if lines else ""
        return await show_transfer(visit, {wrong_field: mistake(visit, "required")}, form, 422)
    body = {"reference": form["reference"], "lines": lines}
    try:
        await visit.api.post(f"{_path(visit)}/receipts", body, key=form["key"])
    except ApiProblem as problem:
        return await show_transfer(visit, by_field(visit, problem, ("reference",)), form, problem.status)
    return done(visit, f"{LIST}/{visit.parameter('transfer_id')}", "stock_received")


def _path(visit: Visit) -> str:
    return f"/v1/transfers/{quote(visit.parameter('transfer_id'))}"
