"""What is to be done next with an order, the most urgent first: what its page says before all else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.contracts.amounts import money
from tradewind.faces.kit import formats
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit

Order = Mapping[str, Any]
Found = Sequence[Mapping[str, Any]]
OPEN = ("placed", "partially_fulfilled")
PARCELS = {
    "requested": ("package", marked("Parcels to pack: %(number)s"), "info"),
    "packed": ("truck", marked("Parcels that are packed, to be sent: %(number)s"), "info"),
    "failed": ("circle-alert", marked("Parcels that were not shipped: %(number)s"), "bad"),
}
COLLECTED = {"packed": ("store", marked("Parcels that wait to be collected: %(number)s"), "")}
AWAITED = ("bank_transfer", "cash_on_delivery")


@dataclass(frozen=True, slots=True)
class Step:
    """`url` leads to where it is done; without one there is nothing to do but wait."""

    icon: str
    words: str
    url: str = ""
    tone: str = ""


async def steps_of(visit: Visit, order: Order) -> list[Step]:
    """Of a paid order also its returns, claims and changes are asked."""
    returns, claims, edits, disputes = (), (), (), ()
    if order.get("placed_at"):
        path = f"/v1/orders/{order['order_id']}"
        returns, claims, edits, disputes = await visit.api.together(
            _items(visit, f"{path}/returns"),
            _items(visit, f"{path}/claims"),
            _items(visit, f"{path}/edits"),
            _disputes(visit, order),
        )
    url = f"/admin/orders/{order['order_id']}"
    return [
        *_before_paid(visit, order, url),
        *_disputed(visit, disputes),
        *_after_sale(visit, returns, claims, edits, f"{url}/after-sale"),
        *_money(visit, order),
        *_parcels(visit, order, url),
    ]


async def _items(visit: Visit, path: str) -> Found:
    found = await visit.api.find(path)
    return found["items"] if found else ()


async def _disputes(visit: Visit, order: Order) -> Found:
    if not order.get("disputed") or not visit.may("payments:read"):
        return ()
    found = await visit.api.find("/v1/disputes", order_id=order["order_id"])
    return found["items"] if found else ()


def _disputed(visit: Visit, disputes: Found) -> Iterator[Step]:
    url = "/admin/payments?view=disputes"
    for it in disputes:
        if it["state"] == "needs_response":
            yield Step("gavel", answer_words(visit, it), url, "bad")
        if it["state"] == "under_review":
            amount = money(it["amount"]["amount_minor"], it["amount"]["currency"], visit.language)
            yield Step(
                "hourglass", visit.gettext("%(amount)s is disputed: the bank decides", amount=amount), url
            )


def answer_words(visit: Visit, dispute: Mapping[str, Any]) -> str:
    """Of a dispute that waits for the shop's answer."""
    amount = money(dispute["amount"]["amount_minor"], dispute["amount"]["currency"], visit.language)
    due = dispute.get("evidence_due_at")
    if not due:
        return visit.gettext("%(amount)s is disputed: answer", amount=amount)
    day = formats.day(due, visit.language, visit.settings.time_zone)
    return visit.gettext("%(amount)s is disputed: answer until %(day)s", amount=amount, day=day)


def _before_paid(visit: Visit, order: Order, url: str) -> Iterator[Step]:
    match order["state"]:
        case "draft":
            words = visit.gettext("This is a draft: complete it, then send it to be paid")
            yield Step("pencil", words, f"/admin/drafts/{order['order_id']}", "info")
        case "payment_failed":
            yield Step(
                "circle-alert", visit.gettext("The payment failed: the customer may try again"), "", "bad"
            )
        case "pending" | "action_required":
            yield Step("hourglass", visit.gettext("The customer has not paid yet"), "", "warn")


def _after_sale(visit: Visit, returns: Found, claims: Found, edits: Found, url: str) -> Iterator[Step]:
    for it in returns:
        match it["state"]:
            case "requested":
                yield _named(
                    visit, "undo-2", marked("Return %(number)s waits for your decision"), it, url, "warn"
                )
            case "approved" | "partially_received":
                yield _named(
                    visit,
                    "undo-2",
                    marked("Return %(number)s is on its way: book it in when it is here"),
                    it,
                    url,
                )
            case "received" if not it.get("exchange_id"):
                yield _named(
                    visit, "undo-2", marked("Return %(number)s is here: give the money back"), it, url, "warn"
                )
    for it in claims:
        if it["state"] == "requested":
            yield _named(
                visit, "message-square", marked("Claim %(number)s waits for your decision"), it, url, "warn"
            )
        if it["state"] == "reserved":
            yield _named(visit, "truck", marked("Send the replacement of claim %(number)s"), it, url, "warn")
    for it in edits:
        if it["state"] == "begun":
            yield Step("pencil", visit.gettext("A change was begun: do it, or give it up"), url, "info")
        if it["state"] == "requested":
            yield Step("hourglass", visit.gettext("The customer was asked to agree to a change"), url)


def _named(visit: Visit, icon: str, words: str, it: Mapping[str, Any], url: str, tone: str = "") -> Step:
    return Step(icon, visit.gettext(words, number=it["number"]), url, tone)


def _money(visit: Visit, order: Order) -> Iterator[Step]:
    due = order.get("due")
    if due and due["amount_minor"] > 0:
        amount = money(due["amount_minor"], due["currency"], visit.language)
        yield Step("wallet", visit.gettext("%(amount)s is still to be paid", amount=amount), "", "warn")
    if order["state"] in ("cancelled", "expired"):
        return
    for payment in payments_of(order):
        awaited = payment.get("awaited")
        if not awaited or awaited["amount_minor"] <= 0:
            continue
        amount = money(awaited["amount_minor"], awaited["currency"], visit.language)
        words = visit.gettext("%(amount)s has not arrived: record it when it does", amount=amount)
        url = f"/admin/payments/{payment['payment_id']}" if visit.may("payments:read") else ""
        yield Step("landmark", words, url, "warn" if payment["method"] == "bank_transfer" else "")


def _parcels(visit: Visit, order: Order, url: str) -> Iterator[Step]:
    parcels = order["fulfilments"]
    if order.get("held_at"):
        return
    for state, (icon, words, tone) in (PARCELS | (COLLECTED if order.get("pickup") else {})).items():
        count = sum(parcel["state"] == state for parcel in parcels)
        if count:
            yield Step(icon, visit.gettext(words, number=count), f"{url}#parcels", tone)
    if order["state"] in OPEN:
        for words in kept_back_words(visit, order):
            yield Step("hourglass", words, "" if order.get("due") else f"{url}/after-sale")
        left = sum(map(shippable_quantity, order["lines"]))
        if left:
            words = visit.gettext("Pieces that are in no parcel yet: %(number)s", number=left)
            yield Step("truck", words, f"{url}/fulfil" if visit.may("orders:fulfil") else "", "info")
    if not order.get("pickup") and any(parcel["state"] == "shipped" for parcel in parcels):
        yield Step(
            "package-check", visit.gettext("On its way: mark it when it has arrived"), f"{url}#parcels"
        )


def payments_of(order: Order) -> list[Mapping[str, Any]]:
    """All payments of an order, the first first."""
    payment = order.get("payment")
    if not payment or not payment.get("payment_id"):
        return []
    return [payment, *payment.get("others", ())]


def open_quantity(line: Mapping[str, Any]) -> int:
    """Pieces that are in no parcel and not cancelled."""
    return int(line["quantity"] - line["fulfilled_quantity"] - line.get("cancelled_quantity", 0))


def shippable_quantity(line: Mapping[str, Any]) -> int:
    """Open pieces that are not kept back: for what they are exchanged for, or until what is due is paid."""
    kept_back = line.get("awaited_quantity", 0) + line.get("unpaid_quantity", 0)
    return max(0, open_quantity(line) - int(kept_back))


def kept_back_words(visit: Visit, order: Order) -> Iterator[str]:
    """Why pieces that are in no parcel cannot be put into one, and how many they are."""
    awaited = sum(line.get("awaited_quantity", 0) for line in order["lines"])
    if awaited:
        words = marked("Pieces that wait until what they are exchanged for is here: %(number)s")
        yield visit.gettext(words, number=awaited)
    unpaid = sum(line.get("unpaid_quantity", 0) for line in order["lines"])
    due = order.get("due")
    if unpaid and due:
        amount = money(due["amount_minor"], due["currency"], visit.language)
        words = marked("Pieces that wait until %(amount)s is paid: %(number)s")
        yield visit.gettext(words, amount=amount, number=unpaid)
