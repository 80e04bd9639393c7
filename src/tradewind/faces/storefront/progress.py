"""How far an order has come, in words and steps that its buyer understands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tradewind.faces.kit import formats
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit

WORDS: Mapping[str, tuple[str, str, str]] = {
    "draft": (
        "info",
        marked("We have prepared this for you"),
        marked("Nothing is charged before you pay. Have a look, and pay when you like."),
    ),
    "pending": (
        "info",
        marked("Confirming your payment"),
        marked("This takes a few seconds. The page follows by itself."),
    ),
    "action_required": (
        "warn",
        marked("Your bank asks for a confirmation"),
        marked("We keep everything for you meanwhile. Nothing is charged before you confirm."),
    ),
    "payment_failed": (
        "bad",
        marked("Your card was declined"),
        marked("Nothing was charged. Try another card below."),
    ),
    "placed": (
        "ok",
        marked("We have your order"),
        marked("We are packing it and write to you when it leaves."),
    ),
    "partially_fulfilled": (
        "info",
        marked("A part is on its way"),
        marked("The rest follows as soon as it can."),
    ),
    "fulfilled": ("ok", marked("It is on its way"), marked("All of your order has left our warehouse.")),
    "delivered": ("ok", marked("Delivered"), marked("We hope you like it. Thank you for your order.")),
    "partially_returned": (
        "info",
        marked("A part came back"),
        marked("We have received a part of your order back."),
    ),
    "returned": ("info", marked("It came back"), marked("We have received all of it back.")),
    "cancelled": (
        "bad",
        marked("This order was cancelled"),
        marked("Whatever was reserved on your card is released."),
    ),
    "expired": (
        "bad",
        marked("This order was not paid in time"),
        marked("Nothing was charged, and what we kept for you is sold again. Order anew when you like."),
    ),
}
COLLECTED: Mapping[str, tuple[str, str, str]] = {
    "placed": (
        "ok",
        marked("We have your order"),
        marked("We are putting it together and write to you when you can collect it."),
    ),
    "ready": (
        "ok",
        marked("Ready to be collected"),
        marked("It waits for you. Bring the number of your order."),
    ),
    "partially_fulfilled": (
        "info",
        marked("You have a part of it"),
        marked("The rest follows as soon as it can."),
    ),
    "fulfilled": ("ok", marked("Collected"), marked("We hope you like it. Thank you for your order.")),
    "delivered": ("ok", marked("Collected"), marked("We hope you like it. Thank you for your order.")),
}
AWAITED = (
    "info",
    marked("We wait for your transfer"),
    marked("Your articles are kept for you. We send them as soon as the money has arrived."),
)
AWAITED_COLLECTED = (
    "info",
    marked("We wait for your transfer"),
    marked(
        "Your articles are kept for you. As soon as the money has arrived we put them together, and write to "
        "you when you can collect them."
    ),
)
LATER = (
    "ok",
    marked("We have your order"),
    marked(
        "Your articles are still to come in. We send them as soon as they are here, and write to you then."
    ),
)
LATER_COLLECTED = (
    "ok",
    marked("We have your order"),
    marked("Your articles are still to come in. We write to you when you can collect them."),
)
DUE = (
    "warn",
    marked("We wait for your payment"),
    marked("Your order was changed, and a part of it is still to be paid. We keep it for you until then."),
)
DUE_SENT = (
    "warn",
    marked("A part is on its way"),
    marked("Your order was changed, and a part of it is still to be paid. We keep it for you until then."),
)
FAILED = (
    "bad",
    marked("The payment did not go through"),
    marked("Nothing was charged. Please pay another way below."),
)
KEPT = marked("We keep your articles for you until %(moment)s.")
TO_AGREE = (
    "warn",
    marked("PayPal waits for you"),
    marked("We keep everything for you meanwhile. Nothing is charged before you agree to it there."),
)
WALLET_TO_AGREE = ("warn", marked("It waits for you to agree"), TO_AGREE[2])
COLLECTED_STEPS = (marked("Ordered"), marked("Paid"), marked("Ready"), marked("Collected"))
STEPS = (marked("Ordered"), marked("Paid"), marked("On its way"), marked("Delivered"))
# Paid last: in cash.
CASH_COLLECTED_STEPS = (marked("Ordered"), marked("Ready"), marked("Collected and paid"))
CASH_STEPS = (marked("Ordered"), marked("On its way"), marked("Delivered and paid"))
FAR = {
    "draft": 0,
    "pending": 1,
    "action_required": 1,
    "payment_failed": 1,
    "placed": 2,
    "partially_fulfilled": 3,
}
FAR |= {"fulfilled": 3, "delivered": 4, "partially_returned": 4, "returned": 4, "cancelled": 0, "expired": 0}


class Progress(msgspec.Struct, frozen=True):
    """`done` of the `steps` are behind it. `under_way`: it changes within seconds."""

    state: str
    tone: str
    title: str
    text: str
    steps: list[str]
    done: int
    under_way: bool


def progress_of(visit: Visit, order: Mapping[str, Any]) -> Progress:
    state = order["state"]
    if state == "fulfilled" and order.get("arrived"):
        state = "delivered"
    done = FAR[state]
    tone, title, text = words = _words(order, state)
    in_cash = (order.get("payment") or {}).get("method") == "cash_on_delivery"
    if words in (AWAITED, AWAITED_COLLECTED, DUE):
        done = 1
    said = [visit.gettext(text)]
    if state == "payment_failed" and order.get("decide_by"):
        until = formats.moment(order["decide_by"], visit.language, visit.settings.time_zone)
        said.append(visit.gettext(KEPT, moment=until))
    if order.get("pickup") and words != DUE:
        done = {"ready": 3, "partially_fulfilled": 3, "fulfilled": 4}.get(_collecting(order, state), done)
    steps: tuple[str, ...] = COLLECTED_STEPS if order.get("pickup") else STEPS
    if in_cash:
        steps = CASH_COLLECTED_STEPS if order.get("pickup") else CASH_STEPS
        done = max(1, done - 1) if done else 0
    return Progress(
        state,
        tone,
        visit.gettext(title),
        " ".join(said),
        [visit.gettext(step) for step in steps],
        done,
        state == "pending",
    )


def _words(order: Mapping[str, Any], state: str) -> tuple[str, str, str]:
    payment = order.get("payment") or {}
    method = payment.get("method", "card")
    if state == "placed" and _awaited(order, payment):
        return AWAITED_COLLECTED if order.get("pickup") else AWAITED
    if order.get("due") and state in ("placed", "partially_fulfilled"):
        return DUE if state == "placed" else DUE_SENT
    if state == "payment_failed" and (method != "card" or _reason(order).startswith(("gift_card", "saved_"))):
        return FAILED
    if state == "action_required" and method in ("paypal", "wallet"):
        return TO_AGREE if method == "paypal" else WALLET_TO_AGREE
    if state == "placed" and _all_later(order):
        return LATER_COLLECTED if order.get("pickup") else LATER
    if order.get("pickup"):
        return COLLECTED.get(_collecting(order, state), WORDS[state])
    return WORDS[state]


def _awaited(order: Mapping[str, Any], payment: Mapping[str, Any]) -> bool:
    """Whether some of a transfer has not arrived: that all of it has, the payment itself says before the order."""
    left = payment.get("awaited")
    if not order.get("awaits_transfer") or payment.get("method") != "bank_transfer" or left is None:
        return bool(order.get("awaits_transfer"))
    return int(left["amount_minor"]) > 0


def _all_later(order: Mapping[str, Any]) -> bool:
    """Whether nothing of it is here yet; of an order in a list nothing is known."""
    lines = order.get("lines")
    if not isinstance(lines, list):
        return False
    later = sum(line.get("backordered_quantity", 0) for line in lines)
    left = sum(line["quantity"] - line.get("cancelled_quantity", 0) for line in lines)
    return bool(0 < later == left)


def _collecting(order: Mapping[str, Any], state: str) -> str:
    packed = any(parcel["state"] == "packed" for parcel in order["fulfilments"])
    return "ready" if packed and state == "placed" else state


def _reason(order: Mapping[str, Any]) -> str:
    return order.get("reason") or ""
