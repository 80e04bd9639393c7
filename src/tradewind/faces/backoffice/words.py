"""The platform's states and reasons as people say them, with the tone in which each is shown."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.faces.kit.languages import marked


@dataclass(frozen=True, slots=True)
class Word:
    """`tone` is ok, info, warn, bad, or empty for what needs no attention."""

    title: str
    tone: str = ""


ORDER = {
    "draft": Word(marked("Draft")),
    "pending": Word(marked("Pending")),
    "action_required": Word(marked("Waiting for the bank"), "warn"),
    "payment_failed": Word(marked("Payment failed"), "bad"),
    "placed": Word(marked("To ship"), "info"),
    "partially_fulfilled": Word(marked("Partly shipped"), "warn"),
    "fulfilled": Word(marked("Shipped"), "ok"),
    "partially_returned": Word(marked("Partly returned"), "warn"),
    "returned": Word(marked("Returned")),
    "cancelled": Word(marked("Cancelled")),
    "expired": Word(marked("Expired")),
}
FULFILMENT = {
    "requested": Word(marked("To pack"), "info"),
    "packed": Word(marked("Packed"), "info"),
    "shipping": Word(marked("Being charged"), "warn"),
    "shipped": Word(marked("On its way"), "info"),
    "delivered": Word(marked("Delivered"), "ok"),
    "failed": Word(marked("Not shipped"), "bad"),
    "cancelled": Word(marked("Cancelled")),
}
RETURN = {
    "requested": Word(marked("To decide"), "warn"),
    "approved": Word(marked("On the way"), "info"),
    "refused": Word(marked("Refused")),
    "partially_received": Word(marked("Partly here"), "info"),
    "received": Word(marked("Here"), "warn"),
    "refunded": Word(marked("Refunded"), "ok"),
    "closed": Word(marked("Closed")),
    "cancelled": Word(marked("Cancelled")),
}
EDIT = {
    "begun": Word(marked("Not done yet"), "info"),
    "requested": Word(marked("The customer is asked"), "warn"),
    "confirming": Word(marked("Being done"), "info"),
    "confirmed": Word(marked("Done"), "ok"),
    "refused": Word(marked("Refused")),
    "cancelled": Word(marked("Given up")),
}
CLAIM = {
    "requested": Word(marked("To decide"), "warn"),
    "accepted": Word(marked("Being done"), "info"),
    "reserved": Word(marked("To send"), "warn"),
    "shipping": Word(marked("Being sent"), "info"),
    "settled": Word(marked("Settled"), "ok"),
    "refused": Word(marked("Refused")),
    "cancelled": Word(marked("Cancelled")),
}
PAYMENT = {
    "processing": Word(marked("Processing"), "warn"),
    "action_required": Word(marked("Waiting for the bank"), "warn"),
    "authorised": Word(marked("Authorised"), "info"),
    "partially_captured": Word(marked("Partly captured"), "info"),
    "captured": Word(marked("Paid"), "ok"),
    "partially_refunded": Word(marked("Partly refunded"), "warn"),
    "refunded": Word(marked("Refunded")),
    "declined": Word(marked("Declined"), "bad"),
    "voided": Word(marked("Voided")),
}
ASKED = {  # of a processor: attempts and operations
    "pending": Word(marked("Not asked yet"), "info"),
    "requested": Word(marked("Being asked"), "info"),
    "processing": Word(marked("Being asked"), "info"),
    "action_required": Word(marked("Waiting for the bank"), "warn"),
    "unknown": Word(marked("No answer yet"), "warn"),
    "succeeded": Word(marked("Done"), "ok"),
    "authorised": Word(marked("Authorised"), "ok"),
    "declined": Word(marked("Declined"), "bad"),
    "failed": Word(marked("Failed"), "bad"),
    "abandoned": Word(marked("Given up")),
    "voided": Word(marked("Voided")),
}
PRODUCT = {
    "active": Word(marked("On sale"), "ok"),
    "draft": Word(marked("Draft"), "info"),
    "archived": Word(marked("Archived")),
}
REVIEW = {
    "pending": Word(marked("Waiting"), "warn"),
    "published": Word(marked("Published"), "ok"),
    "refused": Word(marked("Refused")),
}
MESSAGE = {
    "queued": Word(marked("Queued"), "info"),
    "sent": Word(marked("Sent"), "ok"),
    "failed": Word(marked("Failed"), "bad"),
    "suppressed": Word(marked("Not wanted")),
}
MOVEMENT = {
    "reserve": Word(marked("Reserved")),
    "release": Word(marked("Released")),
    "ship": Word(marked("Shipped"), "info"),
    "receive": Word(marked("Received"), "ok"),
    "adjust": Word(marked("Adjusted"), "warn"),
    "count": Word(marked("Counted"), "warn"),
    "return": Word(marked("Came back"), "ok"),
    "damage": Word(marked("Damaged"), "bad"),
    "repair": Word(marked("Repaired"), "ok"),
    "quality_hold": Word(marked("Held for a check"), "warn"),
    "quality_release": Word(marked("Found to be good"), "ok"),
    "expire": Word(marked("Expired"), "bad"),
    "write_off": Word(marked("Written off"), "bad"),
    "transfer_out": Word(marked("Sent to another warehouse"), "info"),
    "transfer_in": Word(marked("Came from another warehouse"), "ok"),
    "put": Word(marked("Put away")),
    "expect": Word(marked("Expected")),
    "safety": Word(marked("Safety stock")),
}
DOCUMENT = {  # of the warehouse: purchase orders, transfers, counts and their lines, pick lists
    "draft": Word(marked("Draft"), "info"),
    "placed": Word(marked("Placed"), "info"),
    "sent": Word(marked("On its way"), "info"),
    "partly_received": Word(marked("Partly received"), "warn"),
    "received": Word(marked("Received"), "ok"),
    "closed": Word(marked("Closed")),
    "cancelled": Word(marked("Cancelled")),
    "planned": Word(marked("Planned"), "info"),
    "counting": Word(marked("Being counted"), "warn"),
    "review": Word(marked("To approve"), "warn"),
    "approved": Word(marked("Approved"), "ok"),
    "open": Word(marked("Open"), "info"),
    "recount": Word(marked("Count again"), "warn"),
    "counted": Word(marked("Counted"), "ok"),
    "picking": Word(marked("Being picked"), "warn"),
    "picked": Word(marked("Picked"), "info"),
    "packed": Word(marked("Packed"), "ok"),
}
EVENT = {
    "failed": Word(marked("Tried again soon"), "warn"),
    "parked": Word(marked("Parked"), "bad"),
}
ROLES = {
    "customer": Word(marked("Customer")),
    "support": Word(marked("Support"), "info"),
    "catalogue_manager": Word(marked("Catalogue manager"), "info"),
    "warehouse": Word(marked("Warehouse"), "info"),
    "administrator": Word(marked("Administrator"), "ok"),
}


def word(table: dict[str, Word], state: str) -> Word:
    """A state that this version does not know yet is shown by its name."""
    return table.get(state, Word(state.replace("_", " ").capitalize()))


TABLES = {
    "order": ORDER,
    "fulfilment": FULFILMENT,
    "return": RETURN,
    "edit": EDIT,
    "claim": CLAIM,
    "payment": PAYMENT,
    "asked": ASKED,
    "product": PRODUCT,
    "review": REVIEW,
    "message": MESSAGE,
    "movement": MOVEMENT,
    "document": DOCUMENT,
    "event": EVENT,
    "role": ROLES,
}
