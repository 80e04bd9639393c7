"""One order: what happened to it, what it is made of, and what can be done with it now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tradewind.faces.backoffice.amounts import minor_units, typed
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.next_steps import (
    AWAITED,
    kept_back_words,
    open_quantity,
    payments_of,
    shippable_quantity,
    steps_of,
)
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.pages.payments import METHODS
from tradewind.faces.backoffice.record import record_of
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.backoffice.to_pick import picking_of
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

FULFILLABLE = ("placed", "partially_fulfilled")
CANCELLABLE = ("draft", "pending", "action_required", "payment_failed", "placed")
ABSENT = {  # what an order's answer leaves out where there is none
    "name": "",
    "language": "en",
    "discount_code": None,
    "stream_ticket": None,
    "payment": None,
    "refundable": None,
    "refunds": (),
}
ORIGINS = {
    "draft": marked("Put together by staff"),
    "import": marked("Imported"),
    "reissue": marked("Begun anew"),
    "exchange": marked("An exchange"),
}
CARRIERS = ("DHL", "DPD", "GLS", "Hermes", "UPS", "FedEx", "PostNL", "Royal Mail")


async def show_order(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    order = await _order(visit)
    customer, record, steps, picking = await visit.api.together(
        _summary(visit, order), record_of(visit, order), steps_of(visit, order), picking_of(visit, order)
    )
    payment = order["payment"] or {}
    return await page(
        visit,
        "order.html",
        status,
        order=order,
        payment=payment,
        payments=payments_of(order),
        methods=METHODS,
        origins=ORIGINS,
        steps=steps,
        picking=picking,
        customer=customer,
        exchanged_pieces=_exchanged(order),
        may=_possible(visit, order, payment),
        errors=errors or {},
        form=form or Fields([]),
        **record,
    )


async def _order(visit: Visit) -> Mapping[str, Any]:
    return {**ABSENT, **await visit.api.get(f"/v1/orders/{visit.parameter('order_id')}")}


def _exchanged(order: Mapping[str, Any]) -> Mapping[str, int]:
    """How many pieces of each SKU paid for others, in whole or in part: they count as refunded as well."""
    return Counter(
        sku
        for refund in order["refunds"]
        if refund.get("credited") and refund["state"] != "failed"
        for line in refund["lines"]
        for sku in [line["sku"]] * line["quantity"]
    )


async def _summary(visit: Visit, order: Mapping[str, Any]) -> Any:
    """Of the account that ordered; None for a guest, and for staff who may not see customers."""
    if not order["account_id"] or not visit.may("customers:read"):
        return None
    return await visit.api.find(f"/v1/orders/customers/{order['account_id']}/summary")


def _possible(visit: Visit, order: Mapping[str, Any], payment: Mapping[str, Any]) -> dict[str, bool]:
    """What this member of staff can do with the order as it is: nothing else is offered."""
    authorised = payment.get("authorised") or {"amount_minor": 0}
    captured = payment.get("captured") or {"amount_minor": 0}
    refundable = order["refundable"] or {"amount_minor": 0}
    return {
        "fulfil": order["state"] in FULFILLABLE
        and not order.get("held_at")
        and visit.may("orders:fulfil")
        and any(map(shippable_quantity, order["lines"])),
        "cancel": order["state"] in CANCELLABLE and visit.may("orders:write"),
        "refund": refundable["amount_minor"] > 0 and visit.may("payments:write"),
        "capture": payment.get("method") not in AWAITED
        and payment.get("status") in ("authorised", "partially_captured")
        and authorised["amount_minor"] > captured["amount_minor"]
        and order["state"] in FULFILLABLE
        and not order.get("held_at")
        and visit.may("payments:write"),
        "note": visit.may("orders:write"),
        "cancel_pieces": order["state"] in FULFILLABLE
        and visit.may("orders:write")
        and any(map(open_quantity, order["lines"])),
        "reissue": order["state"] != "draft" and visit.may("orders:write"),
        "deliver": visit.may("orders:fulfil"),
    }


async def show_fulfil(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None
) -> Response:
    order = await _order(visit)
    held = bool(order.get("held_at"))
    left = [(line, shippable_quantity(line)) for line in order["lines"] if shippable_quantity(line)]
    return await page(
        visit,
        "order_fulfil.html",
        422 if errors else 200,
        order=order,
        left=left if order["state"] in FULFILLABLE and not held else [],
        held=held,
        kept_back=list(kept_back_words(visit, order)),
        carriers=CARRIERS,
        errors=errors or {},
        form=form or Fields([]),
    )


async def fulfil_order(visit: Visit) -> Response:
    form, order_id = await visit.form(), visit.parameter("order_id")
    lines = form.pieces()
    if not lines:
        return await show_fulfil(visit, {"": mistake(visit, "nothing_chosen")}, form)
    body = {
        "lines": lines,
        "carrier": form["carrier"],
        "tracking_number": form["tracking_number"],
        "ship": not form["later"],
    }
    try:
        after = await visit.api.post(f"/v1/orders/{order_id}/fulfilments", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_field(visit, problem, ("carrier", "tracking_number"))
        if problem.code == "too_many_pieces":
            errors = {"": await why_not(visit, errors[""])}
        return await show_fulfil(visit, errors, form)
    if form["later"] == "ready":
        return await _ready(visit, form, after)
    if form["later"]:
        return done(visit, _url(order_id), "parcel_asked_for")
    under_way = any(fulfilment["state"] == "shipping" for fulfilment in after["fulfilments"])
    sent = "order_handed_over" if form["collected"] else "order_shipped"
    return done(visit, _url(order_id), "order_shipping" if under_way else sent)


async def _ready(visit: Visit, form: Fields, order: Mapping[str, Any]) -> Response:
    """What was just asked for, the last of those to be packed, is packed: it waits for who collects it."""
    asked = [parcel for parcel in order["fulfilments"] if parcel["state"] == "requested"]
    path = f"/v1/orders/{order['order_id']}/fulfilments/{asked[-1]['fulfilment_id']}/pack"
    await visit.api.post(path, key=f"{form['key']}:pack")
    return done(visit, _url(order["order_id"]), "parcel_ready")


async def why_not(visit: Visit, refusal: str) -> str:
    """The refusal, and what of the order keeps pieces back."""
    reasons = kept_back_words(visit, await _order(visit))
    return " ".join((refusal, *(f"{reason}." for reason in reasons)))


async def deliver_fulfilment(visit: Visit) -> Response:
    order_id, fulfilment_id = visit.parameter("order_id"), visit.parameter("fulfilment_id")
    form = await visit.form()
    await visit.api.post(f"/v1/orders/{order_id}/fulfilments/{fulfilment_id}/deliver", key=form["key"])
    return done(visit, _url(order_id), "order_delivered")


async def show_refund(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None
) -> Response:
    order = await _order(visit)
    refundable = order["refundable"] or {"amount_minor": 0}
    return await page(
        visit,
        "order_refund.html",
        422 if errors else 200,
        order=order,
        refundable_minor=refundable["amount_minor"],
        ways=[visit.gettext(METHODS.get(way, way)) for way in _ways_paid(order)],
        whole=typed(refundable["amount_minor"], order["totals"]["currency"]),
        errors=errors or {},
        form=form or Fields([]),
    )


def _ways_paid(order: Mapping[str, Any]) -> list[str]:
    """Each once, of which something was captured; of who may not see payments' states the first."""
    ways = [
        payment["method"]
        for payment in payments_of(order)
        if (payment.get("captured") or {"amount_minor": 0})["amount_minor"]
    ]
    return list(dict.fromkeys(ways)) or [(order["payment"] or {}).get("method", "card")]


async def refund_order(visit: Visit) -> Response:
    """By pieces, whose share of the total is given back; or by an amount, which then counts."""
    form, order_id = await visit.form(), visit.parameter("order_id")
    order = await _order(visit)
    body: dict[str, Any] = {"lines": form.pieces(), "reason": form["reason"]}
    if form["amount"]:
        body["amount_minor"] = minor_units(form["amount"], order["totals"]["currency"])
        if not body["amount_minor"]:
            return await show_refund(visit, {"amount": mistake(visit, "amount_invalid")}, form)
    elif not body["lines"]:
        return await show_refund(visit, {"amount": mistake(visit, "pieces_or_amount")}, form)
    try:
        after = await visit.api.post(f"/v1/orders/{order_id}/refunds", body, key=form["key"])
    except ApiProblem as problem:
        problem.field = "amount" if problem.field == "amount_minor" else problem.field
        return await show_refund(visit, by_field(visit, problem, ("amount", "reason")), form)
    under_way = any(refund["state"] == "requested" for refund in after.get("refunds", ()))
    return done(visit, _url(order_id), "refund_pending" if under_way else "order_refunded")


async def show_cancel(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None
) -> Response:
    order = await _order(visit)
    return await page(
        visit,
        "order_cancel.html",
        422 if errors else 200,
        order=order,
        possible=order["state"] in CANCELLABLE,
        errors=errors or {},
        form=form or Fields([]),
    )


async def cancel_order(visit: Visit) -> Response:
    form, order_id = await visit.form(), visit.parameter("order_id")
    reason = form["other"] or form["reason"]
    try:
        await visit.api.post(f"/v1/orders/{order_id}/cancel", {"reason": reason}, key=form["key"])
    except ApiProblem as problem:
        return await show_cancel(visit, by_field(visit, problem, ("reason",)), form)
    return done(visit, _url(order_id), "order_cancelled")


async def capture_payment(visit: Visit) -> Response:
    """All that is authorised and not captured yet."""
    form, order_id = await visit.form(), visit.parameter("order_id")
    try:
        await visit.api.post(f"/v1/payments/{form['payment_id']}/captures", {}, key=form["key"])
    except ApiProblem as problem:
        return await show_order(visit, by_field(visit, problem), status=problem.status)
    return done(visit, _url(order_id), "payment_captured")


async def add_note(visit: Visit) -> Response:
    form, order_id = await visit.form(), visit.parameter("order_id")
    if not form["text"]:
        return await show_order(visit, {"text": mistake(visit, "required")}, form, 422)
    try:
        await visit.api.post(f"/v1/orders/{order_id}/notes", {"text": form["text"]}, key=form["key"])
    except ApiProblem as problem:
        return await show_order(visit, by_field(visit, problem, ("text",)), form, problem.status)
    return done(visit, _url(order_id) + "#timeline", "note_added")


def _url(order_id: str) -> str:
    return f"/admin/orders/{order_id}"
