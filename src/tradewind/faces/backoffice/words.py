"""The platform's states and reasons as people say them, with the tone in which each is shown."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.faces.kit.languages import mark


@dataclass(frozen=True, slots=True)
class Word:
    """`tone` is ok, info, warn, bad, or empty for what needs no attention."""

    title: str
    tone: str = ""


ORDER = {
    "pending": Word(mark("Pending")),
    "action_required": Word(mark("Waiting for the bank"), "warn"),
    "payment_failed": Word(mark("Payment failed"), "bad"),
    "placed": Word(mark("To ship"), "info"),
    "partially_fulfilled": Word(mark("Partly shipped"), "warn"),
    "fulfilled": Word(mark("Shipped"), "ok"),
    "cancelled": Word(mark("Cancelled")),
}
FULFILMENT = {
    "requested": Word(mark("Being charged"), "warn"),
    "shipped": Word(mark("On its way"), "info"),
    "delivered": Word(mark("Delivered"), "ok"),
    "failed": Word(mark("Not shipped"), "bad"),
}
PAYMENT = {
    "processing": Word(mark("Processing"), "warn"),
    "action_required": Word(mark("Waiting for the bank"), "warn"),
    "authorised": Word(mark("Authorised"), "info"),
    "partially_captured": Word(mark("Partly captured"), "info"),
    "captured": Word(mark("Paid"), "ok"),
    "partially_refunded": Word(mark("Partly refunded"), "warn"),
    "refunded": Word(mark("Refunded")),
    "declined": Word(mark("Declined"), "bad"),
    "voided": Word(mark("Voided")),
}
PRODUCT = {
    "active": Word(mark("On sale"), "ok"),
    "draft": Word(mark("Draft"), "info"),
    "archived": Word(mark("Archived")),
}
REVIEW = {
    "pending": Word(mark("Waiting"), "warn"),
    "published": Word(mark("Published"), "ok"),
    "refused": Word(mark("Refused")),
}
MESSAGE = {
    "queued": Word(mark("Queued"), "info"),
    "sent": Word(mark("Sent"), "ok"),
    "failed": Word(mark("Failed"), "bad"),
    "suppressed": Word(mark("Not wanted")),
}
MOVEMENT = {
    "reserve": Word(mark("Reserved")),
    "release": Word(mark("Released")),
    "ship": Word(mark("Shipped"), "info"),
    "receive": Word(mark("Received"), "ok"),
    "adjust": Word(mark("Adjusted"), "warn"),
    "count": Word(mark("Counted"), "warn"),
}
EVENT = {
    "failed": Word(mark("Tried again soon"), "warn"),
    "parked": Word(mark("Parked"), "bad"),
}
ROLES = {
    "customer": Word(mark("Customer")),
    "support": Word(mark("Support"), "info"),
    "catalogue_manager": Word(mark("Catalogue manager"), "info"),
    "warehouse": Word(mark("Warehouse"), "info"),
    "administrator": Word(mark("Administrator"), "ok"),
}


def word(table: dict[str, Word], state: str) -> Word:
    """A state that this version does not know yet is shown by its name."""
    return table.get(state, Word(state.replace("_", " ").capitalize()))


TABLES = {
    "order": ORDER,
    "fulfilment": FULFILMENT,
    "payment": PAYMENT,
    "product": PRODUCT,
    "review": REVIEW,
    "message": MESSAGE,
    "movement": MOVEMENT,
    "event": EVENT,
    "role": ROLES,
}
