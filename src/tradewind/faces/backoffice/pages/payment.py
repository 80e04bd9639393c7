"""One payment: what is held, taken and given back; what was asked of its processor; and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tradewind.faces.backoffice.amounts import minor_units, typed
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.next_steps import AWAITED
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.order_names import orders_of
from tradewind.faces.backoffice.pages.payments import ACCOUNTS, LIST, METHODS
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

DEEDS = {"captures": "payment_captured", "refunds": "order_refunded", "void": "payment_let_go"}


async def show_payment(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    shown = await visit.api.get(f"/v1/payments/{visit.parameter('payment_id')}")
    payment = shown["payment"]
    orders = await orders_of(visit, [payment["order_id"]])
    awaited = payment["method"] in AWAITED
    open_minor = (payment.get("awaited") or {"amount_minor": 0})["amount_minor"]
    may = visit.may("payments:write")
    return await page(
        visit,
        "payment.html",
        status,
        shown=shown,
        payment=payment,
        order=orders.get(payment["order_id"]),
        today=datetime.now(ZoneInfo(visit.settings.time_zone)).date().isoformat(),
        methods=METHODS,
        accounts=ACCOUNTS,
        may={
            "receive": may and open_minor > 0,
            "capture": may and not awaited and shown["capturable"]["amount_minor"] > 0,
            "refund": may and shown["refundable"]["amount_minor"] > 0,
            "void": may and payment["status"] == "authorised" and not shown["void_requested_at"],
        },
        still_open=typed(open_minor, payment["authorised"]["currency"]),
        errors=errors or {},
        form=form or Fields([]),
    )


async def move_payment(visit: Visit) -> Response:
    """Take, give back or let go: all of it where no amount is written."""
    form = await visit.form()
    if form["deed"] not in DEEDS:
        return visit.see_other(_url(visit))
    body: dict[str, Any] = {"reason": form["reason"]} if form["deed"] == "refunds" else {}
    if form["amount"] and form["deed"] != "void":
        body["amount_minor"] = minor_units(form["amount"], form["currency"])
        if not body["amount_minor"]:
            return await show_payment(visit, {form["deed"]: mistake(visit, "amount_invalid")}, form, 422)
    try:
        path = f"/v1/payments/{visit.parameter('payment_id')}/{form['deed']}"
        await visit.api.post(path, None if form["deed"] == "void" else body, key=form["key"])
    except ApiProblem as problem:
        beside = form["deed"] if form["deed"] != "void" and problem.field == "amount_minor" else ""
        wrong = {beside: by_field(visit, problem).popitem()[1]}
        return await show_payment(visit, wrong, form, problem.status)
    return done(visit, _url(visit), DEEDS[form["deed"]])


async def record_receipt(visit: Visit) -> Response:
    """A transfer that arrived, or what was collected on delivery."""
    form = await visit.form()
    amount = minor_units(form["amount"], form["currency"])
    if not amount:
        return await show_payment(visit, {"amount": mistake(visit, "amount_invalid")}, form, 422)
    body = {"amount_minor": amount, "reference": form["reference"], "received_on": form["received_on"]}
    try:
        await visit.api.post(f"/v1/payments/{visit.parameter('payment_id')}/receipts", body, key=form["key"])
    except ApiProblem as problem:
        problem.field = "amount" if problem.field == "amount_minor" else problem.field
        errors = by_field(visit, problem, ("amount", "reference", "received_on"))
        return await show_payment(visit, errors, form, problem.status)
    return done(visit, _url(visit), "money_recorded")


def _url(visit: Visit) -> str:
    return f"{LIST}/{visit.parameter('payment_id')}"
