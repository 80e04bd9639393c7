"""The record of an order: as it was at a moment, its invoices and credit notes; and the export of orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.pages.order import show_order
from tradewind.faces.backoffice.record import ENTRIES
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.backoffice.timeline import timeline
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

FORMATS = ("csv", "lines", "jsonl")
ABSENT = {"promotions": (), "refunds": (), "name": "", "held_at": None}


async def show_as_of(visit: Visit) -> Response:
    """The order after one of its changes, and what was before and after that."""
    order_id, at = visit.parameter("order_id"), visit.query["at"]
    path = f"/v1/orders/{order_id}"
    now, entries, methods = await visit.api.together(
        visit.api.get(path),
        visit.api.get(f"{path}/timeline", limit=ENTRIES),
        visit.api.get("/v1/shipping-methods"),
    )
    names = {one["code"]: one["name"] for one in methods["items"]}
    moments = list(reversed(timeline(visit, now, entries["items"], methods=names)))
    errors: dict[str, str] = {}
    then: Mapping[str, Any] | None = None
    at = at or (moments[0].at if moments else now["created_at"])
    try:
        then = {**ABSENT, **await visit.api.get(path, as_of=at)}
    except ApiProblem as problem:
        errors = by_field(visit, problem)
    reached = [index for index, moment in enumerate(moments) if moment.at <= at]
    index = reached[-1] if reached else 0
    return await page(
        visit,
        "order_as_of.html",
        422 if errors else 200,
        order={**ABSENT, **now},
        then=then,
        method_names=names,
        at=at,
        moment=moments[index] if moments else None,
        before=moments[index - 1] if index > 0 else None,
        after=moments[index + 1] if index + 1 < len(moments) else None,
        errors=errors,
    )


async def issue_invoice(visit: Visit) -> Response:
    form, order_id = await visit.form(), visit.parameter("order_id")
    body = {"buyer_vat_id": form["buyer_vat_id"].upper(), "reverse_charge": form["reverse_charge"] == "on"}
    try:
        await visit.api.post(f"/v1/orders/{order_id}/invoices", body, key=form["key"])
    except ApiProblem as problem:
        return await show_order(visit, by_field(visit, problem), form, problem.status)
    return done(visit, f"/admin/orders/{order_id}#documents", "invoice_issued")


async def show_document(visit: Visit) -> Response:
    """The PDF, in the reader of the browser."""
    number = visit.parameter("number")
    answer = await visit.api.exchange("GET", f"/v1/documents/{number}.pdf")
    if answer.status != 200:
        raise ApiProblem(answer.status, {"code": "document_not_found"})
    return visit.answer(Response(200, answer.body, list(answer.headers)))


async def add_customer_note(visit: Visit) -> Response:
    """Shown to the customer, with the order."""
    form, order_id = await visit.form(), visit.parameter("order_id")
    if not form["text"]:
        return await show_order(visit, {"": mistake(visit, "required")}, form, 422)
    try:
        path = f"/v1/orders/{order_id}/customer-notes"
        await visit.api.post(path, {"text": form["text"]}, key=form["key"])
    except ApiProblem as problem:
        return await show_order(visit, by_field(visit, problem), form, problem.status)
    return done(visit, f"/admin/orders/{order_id}#timeline", "customer_note_added")


async def show_export(visit: Visit, errors: Mapping[str, str] | None = None) -> Response:
    return await page(
        visit,
        "orders_export.html",
        422 if errors else 200,
        states=STATES,
        form=visit.query,
        errors=errors or {},
    )


async def download_export(visit: Visit) -> Response:
    """A file as it is written: streamed through, not kept here."""
    asked, kind = visit.query, visit.query["format"] if visit.query["format"] in FORMATS else "csv"
    query = {
        "format": "jsonl" if kind == "jsonl" else "csv",
        "rows": "lines" if kind == "lines" else "orders",
        "from": asked["from"] or None,
        "to": asked["to"] or None,
        "q": asked["q"] or None,
        "state": [asked["state"]] if asked["state"] else None,
        "timezone": visit.settings.time_zone,
    }
    answer = await visit.api.exchange("GET", "/v1/orders/export", query=query)
    if answer.status != 200:
        errors = {"": mistake(visit, "export_refused")}
        return await show_export(visit, errors)
    return visit.answer(Response(200, answer.body, list(answer.headers), answer.stream))


STATES = (
    "placed",
    "partially_fulfilled",
    "fulfilled",
    "partially_returned",
    "returned",
    "cancelled",
    "pending",
    "payment_failed",
    "expired",
)
