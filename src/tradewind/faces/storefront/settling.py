"""What an order was paid with, what is left to pay, and where a transfer goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import paying

Order = Mapping[str, Any]
NAMES = {
    "card": marked("Card"),
    "wallet": marked("Wallet"),
    "gift_card": marked("Gift card"),
    "bank_transfer": marked("Bank transfer"),
    "cash_on_delivery": marked("Cash on delivery"),
}
OVER = ("declined", "voided", "abandoned", "failed", "pending")


class Paid(msgspec.Struct, frozen=True):
    """`amount_minor` None where the platform tells no more than the card."""

    name: str
    amount_minor: int | None
    refunded_minor: int


class Transfer(msgspec.Struct, frozen=True):
    account: str
    amount_minor: int
    reference: str


def left_minor(order: Order) -> int:
    """What is to be paid now: of an unpaid order, less what gift cards hold of it from an earlier try."""
    if order.get("due"):
        return int(order["due"]["amount_minor"])
    total: int = order["totals"]["total_minor"]
    others = (order.get("payment") or {}).get("others", [])
    held: int = sum(one["authorised"]["amount_minor"] for one in others if one["status"] == "authorised")
    return max(0, total - held)


def payments(visit: Visit, order: Order) -> list[Paid]:
    """Those that hold or moved money, in their order."""
    payment = order.get("payment")
    if payment is None or order["placed_at"] is None:
        return []
    if payment.get("authorised") is None:
        return [Paid(_name(visit, payment), _beside_returned_minor(order), 0)]
    shown = []
    for one in (payment, *payment.get("others", [])):
        amount = max(one["authorised"]["amount_minor"], one["captured"]["amount_minor"])
        if amount and one["status"] not in OVER:
            shown.append(Paid(_name(visit, one), amount, one["refunded"]["amount_minor"]))
    return shown


def _beside_returned_minor(order: Order) -> int | None:
    """What one card pays beside returned pieces, so that the sums add up; None where they pay nothing."""
    return _paid_minor(order) if order.get("credited") else None


def _paid_minor(order: Order) -> int:
    """What the order still comes to, less what returned pieces pay of it and what is due."""
    others = (order.get(name) for name in ("credited", "cancelled", "due"))
    return int(order["totals"]["total_minor"] - sum(one["amount_minor"] for one in others if one))


async def transfer(visit: Visit, order: Order) -> Transfer | None:
    """Where to, how much, and what to write: while a transfer is awaited."""
    payment = order.get("payment") or {}
    mine = [one for one in (payment, *payment.get("others", [])) if one.get("method") == "bank_transfer"]
    if order["placed_at"] is None or order["state"] in ("cancelled", "expired"):
        return None
    awaited = sum(one["awaited"]["amount_minor"] for one in mine if one.get("awaited"))
    if awaited <= 0:
        return None
    ways = await paying.other_ways(visit)
    return Transfer(ways["own"].get("bank_transfer") or "", awaited, order["number"])


def _name(visit: Visit, payment: Mapping[str, Any]) -> str:
    if payment.get("last4"):
        network = payment["network"].replace("_", " ").capitalize()
        return f"{network} •••• {payment['last4']}" if network else f"•••• {payment['last4']}"
    method = payment.get("method", "card")
    if method == "wallet" and payment.get("network"):
        return str(payment["network"]).replace("_", " ").capitalize()
    return "PayPal" if method == "paypal" else visit.gettext(NAMES.get(method, NAMES["card"]))
