"""What is to be done next with an order, the most urgent first: what its page says before all else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.contracts.amounts import money
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
    returns, claims, edits = (), (), ()
    if order.get("placed_at"):
        path = f"/v1/orders/{order['order_id']}"
        returns, claims, edits = await visit.api.together(
            _items(visit, f"{path}/returns"), _items(visit, f"{path}/claims"), _items(visit, f"{path}/edits")
        )
    url = f"/admin/orders/{order['order_id']}"
    return [
        *_before_paid(visit, order, url),
        *_after_sale(visit, returns, claims, edits, f"{url}/after-sale"),
        *_money(visit, order),
        *_parcels(visit, order, url),
    ]


async def _items(visit: Visit, path: str) -> Found:
    found = await visit.api.find(path)
    return found["items"] if found else ()


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
        left = sum(map(open_quantity, order["lines"]))
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
