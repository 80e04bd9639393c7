"""Transfers between warehouses: drafted, sent, received."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tradewind.faces.backoffice.doers import doers
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_row, mistake
from tradewind.faces.backoffice.rows import tracked, typed_rows, warehouses, whole, with_room
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/transfers"
SENT = ("sku", "quantity", "lot")
CAME = ("received", "damaged", "missing")
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
    rows = typed_rows(form, *SENT)
    return await page(
        visit,
        "transfers.html",
        status,
        transfers=transfers,
        warehouses=places,
        states=STATES,
        state=state,
        rows=with_room(rows, len(SENT), more=bool(form["more"])),
        tracking=await tracked(visit, [row[0] for row in rows if row[0]]),
        errors=errors or {},
        form=form,
    )


async def create_transfer(visit: Visit) -> Response:
    form = await visit.form()
    if form["more"]:
        return await show_transfers(visit, None, form)
    lines: list[dict[str, Any]] = []
    for sku, quantity, lot in typed_rows(form, *SENT):
        if not whole(quantity):
            wrong = f"{sku}: {mistake(visit, 'number_invalid')}"
            return await show_transfers(visit, {"": wrong}, form, 422)
        lines.append({"sku": sku, "quantity": whole(quantity), "lot": lot or None})
    if not lines:
        return await show_transfers(visit, {"": mistake(visit, "required")}, form, 422)
    tracking = await tracked(visit, [line["sku"] for line in lines])
    unnamed = [line["sku"] for line in lines if line["sku"] in tracking and not line["lot"]]
    if unnamed:
        wrong = f"{', '.join(unnamed)}: {mistake(visit, 'lot_required')}"
        return await show_transfers(visit, {"": wrong}, form, 422)
    body = {
        "source": form["source"],
        "destination": form["destination"],
        "lines": lines,
        "note": form["note"],
    }
    try:
        made = await visit.api.post("/v1/transfers", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_row(visit, problem, lines, ("source", "destination"))
        return await show_transfers(visit, errors, form, problem.status)
    return done(visit, f"{LIST}/{made['transfer_id']}", "transfer_drafted")


async def show_transfer(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    transfer = await visit.api.get(_path(visit))
    form = form or Fields([])
    typed = {row[:2]: row[2:] for row in typed_rows(form, "sku", "lot", *CAME)}
    arriving = [
        {"line": line, "typed": typed.get((line["sku"], line["lot"] or ""), (line["in_transit"], "", ""))}
        for line in transfer["lines"]
        if line["in_transit"]
    ]
    return await page(
        visit,
        "transfer.html",
        status,
        transfer=transfer,
        doers=await doers(visit, [step["actor"] for step in transfer["history"]]),
        arriving=arriving,
        errors=errors or {},
        form=form,
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
        return await show_transfer(visit, by_row(visit, problem, ()), form, problem.status)
    notice = "transfer_cancelled" if cancelled else "transfer_sent"
    return done(visit, f"{LIST}/{visit.parameter('transfer_id')}", notice)


async def receive_transfer(visit: Visit) -> Response:
    """Fields left empty are nothing."""
    form = await visit.form()
    lines = []
    for sku, lot, *pieces in typed_rows(form, "sku", "lot", *CAME):
        numbers = [whole(text or "0") for text in pieces]
        if None in numbers:
            wrong = f"{sku}: {mistake(visit, 'number_invalid')}"
            return await show_transfer(visit, {"": wrong}, form, 422)
        if any(numbers):
            named = {"sku": sku, "lot": lot or None}
            lines.append({**named, **dict(zip(CAME, numbers, strict=True))})
    if not lines or not form["reference"]:
        wrong_field = "reference" if lines else ""
        return await show_transfer(visit, {wrong_field: mistake(visit, "required")}, form, 422)
    body = {"reference": form["reference"], "lines": lines}
    try:
        await visit.api.post(f"{_path(visit)}/receipts", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_row(visit, problem, lines, ("reference",))
        if problem.details.get("sku") and "" in errors:
            errors[""] = f"{problem.details['sku']}: {errors['']}"
        return await show_transfer(visit, errors, form, problem.status)
    return done(visit, f"{LIST}/{visit.parameter('transfer_id')}", "stock_received")


def _path(visit: Visit) -> str:
    return f"/v1/transfers/{quote(visit.parameter('transfer_id'))}"
