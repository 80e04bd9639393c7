"""Discount codes: made, switched off and on again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tradewind.faces.backoffice.amounts import basis_points, minor_units
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/discounts"
KINDS = {
    "percentage": marked("Percentage"),
    "amount": marked("Amount"),
    "free_shipping": marked("Free shipping"),
}
FIELDS = ("code", "kind", "value", "currency", "minimum", "most_uses", "starts", "ends")
SENT_AS = {
    "basis_points": "value",
    "amount_minor": "value",
    "minimum_minor": "minimum",
    "starts_at": "starts",
    "ends_at": "ends",
}


async def show_discounts(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    discounts = await visit.api.get("/v1/discounts", limit=50, cursor=visit.query["cursor"] or None)
    return await page(
        visit,
        "discounts.html",
        status,
        discounts=discounts,
        kinds=KINDS,
        currencies=visit.settings.currencies,
        errors=errors or {},
        form=form or Fields([]),
    )


async def create_discount(visit: Visit) -> Response:
    form = await visit.form()
    body, mistakes = _body(visit, form)
    if mistakes:
        errors = {field: mistake(visit, code) for field, code in mistakes.items()}
        return await show_discounts(visit, errors, form, 422)
    try:
        await visit.api.post("/v1/discounts", body, key=form["key"])
    except ApiProblem as problem:
        problem.field = SENT_AS.get(problem.field or "", problem.field)
        return await show_discounts(visit, by_field(visit, problem, FIELDS), form, problem.status)
    return done(visit, LIST, "discount_saved")


def _body(visit: Visit, form: Fields) -> tuple[dict[str, Any], dict[str, str]]:
    """What is sent, and the codes of mistakes by field."""
    mistakes = {} if form["code"] else {"code": "required"}
    currency = form["currency"] if form["currency"] in visit.settings.currencies else visit.settings.currency
    kind = form["kind"] if form["kind"] in KINDS else "percentage"
    body: dict[str, Any] = {"code": form["code"].upper(), "kind": kind, "minimum_minor": 0}

    def put(field: str, sent: str, value: object, code: str) -> None:
        body[sent] = value
        if value is None:
            mistakes[field] = code

    if kind == "percentage":
        put("value", "basis_points", basis_points(form["value"]) or None, "number_invalid")
    elif kind == "amount":
        body["currency"] = currency
        put("value", "amount_minor", minor_units(form["value"], currency) or None, "amount_invalid")
    if form["minimum"]:
        body["currency"] = currency
        put("minimum", "minimum_minor", minor_units(form["minimum"], currency), "amount_invalid")
    if form["most_uses"]:
        put("most_uses", "most_uses", form.whole("most_uses"), "number_invalid")
    for field, sent, days in (("starts", "starts_at", 0), ("ends", "ends_at", 1)):
        if form[field]:
            put(field, sent, _midnight(form[field], visit.settings.time_zone, days), "day_invalid")
    return body, mistakes


def _midnight(text: str, zone: str, days: int) -> str | None:
    """When that day begins where the shop is, or so many days later."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        return datetime.combine(day, time(), ZoneInfo(zone)).isoformat()
    except (ValueError, OverflowError):
        return None


async def switch_discount(visit: Visit) -> Response:
    form = await visit.form()
    body = {"active": form["active"] == "true"}
    try:
        await visit.api.patch(f"/v1/discounts/{visit.parameter('code')}", body, key=form["key"])
    except ApiProblem as problem:
        return await show_discounts(visit, by_field(visit, problem), None, problem.status)
    return done(visit, LIST, "discount_saved")
