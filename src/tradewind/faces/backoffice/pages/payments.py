"""Money: payments, what is awaited of them, gift cards, which processor is tried, and the ledger."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from tradewind.contracts.currencies import DIGITS
from tradewind.faces.backoffice.amounts import minor_units
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.order_names import order_of_number, orders_of
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/payments"
TABS = {
    "": marked("Payments"),
    "awaited": marked("Awaited money"),
    "gift_cards": marked("Gift cards"),
    "disputes": marked("Disputes"),
    "rules": marked("Processors"),
    "ledger": marked("Ledger"),
}
METHODS = {
    "card": marked("Card"),
    "paypal": "PayPal",
    "wallet": marked("Wallet"),
    "gift_card": marked("Gift card"),
    "bank_transfer": marked("Bank transfer"),
    "cash_on_delivery": marked("Cash on delivery"),
}
STATUSES = {
    "processing": marked("Being asked for"),
    "action_required": marked("Waits for the shopper"),
    "authorised": marked("Authorised"),
    "declined": marked("Declined"),
    "partially_captured": marked("Captured in part"),
    "captured": marked("Captured"),
    "partially_refunded": marked("Refunded in part"),
    "refunded": marked("Refunded"),
    "voided": marked("Let go"),
}
DISPUTES = {
    "needs_response": marked("Waits for an answer"),
    "under_review": marked("Being decided"),
    "won": marked("Won"),
    "lost": marked("Lost"),
}
DISPUTE_REASONS = {
    "product_not_received": marked("The goods did not come"),
    "product_unacceptable": marked("The goods are not as described"),
    "fraudulent": marked("It was not the customer who paid"),
    "duplicate": marked("Charged twice"),
    "credit_not_processed": marked("The money did not come back"),
    "subscription_canceled": marked("It had been cancelled"),
    "unrecognized": marked("The customer does not know the charge"),
    "general": marked("Another reason"),
}
ACCOUNTS = {
    "customer_receivable": marked("Receivable from customers"),
    "cash_at_processor": marked("Cash at processor"),
    "cash_in_bank": marked("Cash in bank"),
    "refunds": marked("Refunds"),
    "fees": marked("Fees"),
    "gift_cards": marked("Gift cards owed"),
    "disputes": marked("Disputes"),
    "cash_on_delivery": marked("Cash on delivery"),
    "settlement_differences": marked("Settlement differences"),
}

GIFT_CARD_FIELDS = {"amount_minor": "amount", "expires_at": "expires_on"}
RULE_FIELDS = ("position", "processors", "method", "country", "currency", "from", "to")
PROCESSOR = re.compile(r"[a-z0-9_-]{1,40}")
PAGE = 25
ROUTED = ("card", "paypal", "wallet")  # methods that a processor takes: what rules are about


async def show_payments(
    visit: Visit,
    errors: Mapping[str, str] | None = None,
    form: Fields | None = None,
    status: int = 200,
    view: str = "",
) -> Response:
    """`view` is the tab that a form was sent from; without it the address says which."""
    view = view or (visit.query["view"] if visit.query["view"] in TABS else "")
    return await page(
        visit,
        "payments.html",
        status,
        tabs_shown=TABS,
        view=view,
        methods=METHODS,
        routed=ROUTED,
        statuses=STATUSES,
        accounts=ACCOUNTS,
        dispute_states=DISPUTES,
        dispute_reasons=DISPUTE_REASONS,
        errors=errors or {},
        form=form or Fields([]),
        currencies=visit.settings.currencies,
        **await _listed(visit, view),
    )


async def _listed(visit: Visit, view: str) -> dict[str, Any]:
    cursor = visit.query["cursor"] or None
    if view == "gift_cards":
        ending = visit.query["q"].upper()
        wanted = ending if len(ending) == 4 else None
        return {"listed": await visit.api.get("/v1/gift-cards", limit=50, ending=wanted, cursor=cursor)}
    if view == "disputes":
        listed = await visit.api.get("/v1/disputes", limit=PAGE, cursor=cursor)
        return {"listed": listed, "orders": await _orders(visit, listed)}
    if view == "rules":
        return {"listed": await visit.api.get("/v1/payment-rules")}
    if view == "ledger":
        entries, balances = await visit.api.together(
            visit.api.get("/v1/ledger", limit=50, cursor=cursor), visit.api.get("/v1/ledger/balances")
        )
        return {"listed": entries, "balances": balances["items"]}
    awaited = "true" if view == "awaited" else None
    asked = visit.query
    found = {
        "method": asked["method"] if asked["method"] in METHODS else None,
        "status": asked["status"] if asked["status"] in STATUSES else None,
        "processor": asked["processor"] if PROCESSOR.fullmatch(asked["processor"]) else None,
        "customer_id": _uuid(asked["customer_id"]),
    }
    if asked["number"] and visit.may("orders:read"):
        found["order_id"] = await order_of_number(visit, asked["number"].upper()) or str(UUID(int=0))
    whose = found["customer_id"] if visit.may("customers:read") else None
    listed, rules, customer = await visit.api.together(
        visit.api.get("/v1/payments", limit=PAGE, cursor=cursor, awaited=awaited, **found),
        visit.api.get("/v1/payment-rules"),
        visit.api.find(f"/v1/customers/{whose}") if whose else _nobody(),
    )
    processors = sorted({*rules["processors"], *filter(None, (found["processor"],))})
    orders = await _orders(visit, listed)
    return {
        "listed": listed,
        "found": found,
        "processors": processors,
        "customer": customer,
        "orders": orders,
    }


async def _orders(visit: Visit, listed: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    return await orders_of(visit, (it["order_id"] for it in listed["items"]))


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


async def _nobody() -> None:
    return None


async def issue_gift_card(visit: Visit) -> Response:
    """Its code is shown on the page that answers, this once."""
    form = await visit.form()
    amount = minor_units(form["amount"], form["currency"])
    if not amount:
        wrong = {"amount": mistake(visit, "amount_invalid")}
        return await show_payments(visit, wrong, form, 422, "gift_cards")
    body = {"amount_minor": amount, "currency": form["currency"], "note": form["note"]}
    if form["expires_on"]:
        body["expires_at"] = f"{form['expires_on']}T23:59:59Z"
    try:
        issued = await visit.api.post("/v1/gift-cards", body, key=form["key"])
    except ApiProblem as problem:
        problem.field = GIFT_CARD_FIELDS.get(problem.field or "", problem.field)
        wrong = by_field(visit, problem, ("amount", "currency", "expires_on", "note"))
        return await show_payments(visit, wrong, form, problem.status, "gift_cards")
    return await page(visit, "gift_card.html", issued=issued)


async def switch_gift_card(visit: Visit) -> Response:
    form = await visit.form()
    deed = "enable" if form["active"] == "true" else "disable"
    await visit.api.post(f"/v1/gift-cards/{visit.parameter('gift_card_id')}/{deed}", key=form["key"])
    return done(visit, f"{LIST}?view=gift_cards", "gift_card_saved")


async def answer_dispute(visit: Visit) -> Response:
    """Evidence is kept and sent at once; or the customer has the money."""
    form, path = await visit.form(), f"/v1/disputes/{quote(visit.parameter('dispute_id'))}"
    try:
        if form["deed"] == "accept":
            await visit.api.post(f"{path}/acceptance", key=form["key"])
        else:
            evidence = {"explanation": form["explanation"], "carrier": form["carrier"]}
            evidence["tracking_number"] = form["tracking_number"]
            await visit.api.put(f"{path}/evidence", evidence, key=f"{form['key']}-kept")
            await visit.api.post(f"{path}/submission", key=form["key"])
    except ApiProblem as problem:
        return await show_payments(visit, by_field(visit, problem), form, problem.status, "disputes")
    return done(visit, f"{LIST}?view=disputes", "dispute_answered")


async def add_rule(visit: Visit) -> Response:
    form = await visit.form()
    body: dict[str, Any] = {
        "position": form.whole_as_typed("position", 10),
        "processors": [name.strip() for name in form["processors"].split(",") if name.strip()],
        "method": form["method"] or None,
        "country": form["country"].upper() or None,
        "currency": form["currency"].upper() or None,
    }
    wrong = {}
    if body["currency"] and body["currency"] not in DIGITS:
        wrong["currency"] = mistake(visit, "currency_unknown")
    for name in ("from", "to"):
        if form[name]:
            body[f"{name}_minor"] = minor_units(form[name], body["currency"] or "EUR")
            if body[f"{name}_minor"] is None and not wrong.get("currency"):
                wrong[name] = mistake(visit, "amount_invalid")
    if wrong:
        return await show_payments(visit, wrong, form, 422, "rules")
    try:
        await visit.api.post("/v1/payment-rules", body, key=form["key"])
    except ApiProblem as problem:
        problem.field = (problem.field or "").removesuffix("_minor")
        wrong = by_field(visit, problem, RULE_FIELDS)
        return await show_payments(visit, wrong, form, problem.status, "rules")
    return done(visit, f"{LIST}?view=rules", "rule_saved")


async def delete_rule(visit: Visit) -> Response:
    form = await visit.form()
    await visit.api.delete(f"/v1/payment-rules/{visit.parameter('rule_id')}", key=form["key"])
    return done(visit, f"{LIST}?view=rules", "rule_saved")
