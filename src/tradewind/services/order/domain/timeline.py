"""What happened to an order, as data: kinds of entries, who did it, and what each of them changed. Pure.

An entry of an order's history has a kind; the kinds are here, and others are refused. What an entry changed is not
told by who wrote it but read from the rows before and after it (migration 0007), so that it is what took place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import msgspec

from tradewind.contracts.common import Address, Money

STAFF_NOTE = "staff_note"
CUSTOMER_NOTE = "customer_note"
KindName = Literal[
    "state",
    "payment",
    "fulfilment",
    "staff_note",
    "customer_note",
    "invoice",
    "credit_note",
    "hold",
    "release",
    "cancellation",
    "edit",
    "exchange",
    "return",
    "claim",
    "address",
    "draft",
    "import",
    "reissue",
    "dispute",
    "stock",
    "packing",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """`told`: to the customer as well; the rest is for staff alone."""

    says: str
    told: bool = True


KINDS: dict[str, Kind] = {
    "state": Kind("the order moved from one state to another"),
    "payment": Kind("money was held, taken, asked back or given back"),
    "fulfilment": Kind("a parcel was asked for, packed, sent, delivered, or came to nothing"),
    STAFF_NOTE: Kind("what staff wrote for one another", told=False),
    CUSTOMER_NOTE: Kind("what the customer wrote, or staff for the customer to read"),
    "invoice": Kind("an invoice was issued"),
    "credit_note": Kind("a credit note was issued"),
    "hold": Kind("it was stopped from being shipped", told=False),
    "release": Kind("it may be shipped again", told=False),
    "cancellation": Kind("pieces were cancelled"),
    "edit": Kind("a change of lines, address or shipping was proposed, confirmed or given up"),
    "exchange": Kind("an exchange was proposed, confirmed or given up"),
    "return": Kind("a return was asked for, decided, received or closed"),
    "claim": Kind("a claim was made, decided or settled"),
    "address": Kind("where it goes was changed"),
    "draft": Kind("staff changed the draft, or sent it", told=False),
    "import": Kind("it was taken over from another system", told=False),
    "reissue": Kind("it was made anew of another order, or another one of it"),
    "dispute": Kind("the customer's bank asked the money back", told=False),
    "stock": Kind("pieces are waited for, or came in"),
    "packing": Kind("the warehouse packed what the order does not ship any more", told=False),
}


class Actor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who did it. `id` and `name` of staff are for staff alone; a guest's address is told to nobody."""

    kind: Literal["customer", "staff", "service", "guest"]
    id: str | None = None
    name: str | None = None


class Pieces(msgspec.Struct, frozen=True):
    sku: str
    quantity: int


class StateMoved(msgspec.Struct, frozen=True, tag="state_moved"):
    from_state: str | None
    to_state: str


class MoneyCaptured(msgspec.Struct, frozen=True, tag="money_captured"):
    amount: Money


class RefundMoved(msgspec.Struct, frozen=True, tag="refund_moved", omit_defaults=True):
    """`state`: requested, succeeded, failed or credited (it paid for pieces that something was exchanged for).
    `reason` is for staff alone."""

    refund_id: UUID
    state: str
    amount: Money
    lines: list[Pieces] = []
    failure: str | None = None
    reason: str | None = None


class ParcelMoved(msgspec.Struct, frozen=True, tag="parcel_moved", omit_defaults=True):
    fulfilment_id: UUID
    state: str
    lines: list[Pieces]
    carrier: str = ""
    tracking_number: str = ""
    reason: str | None = None


class LineChanged(msgspec.Struct, frozen=True, tag="line_changed"):
    """Quantities are of pieces that are still wanted: less those that were cancelled."""

    sku: str
    title: str
    from_quantity: int
    to_quantity: int


class TotalChanged(msgspec.Struct, frozen=True, tag="total_changed"):
    from_total: Money
    to_total: Money


class AddressChanged(msgspec.Struct, frozen=True, tag="address_changed"):
    which: Literal["shipping", "billing"]
    before: Address
    after: Address


class ShippingChanged(msgspec.Struct, frozen=True, tag="shipping_changed"):
    from_method: str
    to_method: str


class HoldChanged(msgspec.Struct, frozen=True, tag="hold_changed"):
    held: bool
    reason: str | None


class ReturnMoved(msgspec.Struct, frozen=True, tag="return_moved"):
    return_id: UUID
    number: int
    state: str


class ClaimMoved(msgspec.Struct, frozen=True, tag="claim_moved"):
    claim_id: UUID
    number: int
    state: str


class EditMoved(msgspec.Struct, frozen=True, tag="edit_moved"):
    """`kind`: edit or exchange."""

    edit_id: UUID
    kind: str
    state: str


Detail = (
    StateMoved
    | MoneyCaptured
    | RefundMoved
    | ParcelMoved
    | LineChanged
    | TotalChanged
    | AddressChanged
    | ShippingChanged
    | HoldChanged
    | ReturnMoved
    | ClaimMoved
    | EditMoved
)
Row = Mapping[str, Any]


class Change(msgspec.Struct, frozen=True):
    """One row of an order before and after; None where there was none."""

    relation: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def check_kind(kind: str) -> str:
    """A kind that nobody knows is a bug of who writes it."""
    assert kind in KINDS, f"{kind} is no kind of entry: say in domain/timeline.py what it is"
    return kind


def actor_of(name: str, account_id: UUID | None) -> Actor:
    """`name` is kind:id, as principals are named; `account_id` is the order's customer."""
    kind, _, who = name.partition(":")
    if kind == "guest":
        return Actor("guest")
    if kind in ("account", "api_key"):
        return Actor(
            "customer" if account_id is not None and who == str(account_id) else "staff", who or None
        )
    return Actor("service", who or kind)


def details_of(changes: Sequence[Change], currency: str) -> list[Detail]:
    """What these rows say that happened, in the order of the kinds of details above."""
    found: list[Detail] = []
    for relation, read in _READERS.items():
        for change in changes:
            if change.relation == relation:
                found += read(change.before, change.after, currency)
    return found


def _order(before: Row | None, after: Row | None, currency: str) -> Iterator[Detail]:
    if before is None or after is None:
        return
    taken = after["captured_minor"] - before["captured_minor"]
    if taken > 0:
        yield MoneyCaptured(Money(taken, currency))
    if before["total_minor"] != after["total_minor"]:
        yield TotalChanged(Money(before["total_minor"], currency), Money(after["total_minor"], currency))
    for which in ("shipping", "billing"):
        was, now = before[f"{which}_address"], after[f"{which}_address"]
        if was != now:
            yield AddressChanged(
                "shipping" if which == "shipping" else "billing",
                msgspec.convert(was, Address),
                msgspec.convert(now, Address),
            )
    if before["shipping_method"] != after["shipping_method"]:
        yield ShippingChanged(before["shipping_method"], after["shipping_method"])
    if (before.get("held_at") is None) != (after.get("held_at") is None):
        yield HoldChanged(after.get("held_at") is not None, after.get("hold_reason"))


def _refund(before: Row | None, after: Row | None, currency: str) -> Iterator[Detail]:
    if after is not None and (before is None or before["state"] != after["state"]):
        amount = after["amount_minor"] or after.get("credited_minor", 0)
        lines = msgspec.convert(after["lines"], list[Pieces])
        yield RefundMoved(
            UUID(after["refund_id"]),
            after["state"],
            Money(amount, currency),
            lines,
            after["failure"],
            after["reason"] or None,
        )


def _parcel(before: Row | None, after: Row | None, currency: str) -> Iterator[Detail]:
    told = ("state", "carrier", "tracking_number")
    if after is not None and (before is None or any(before[name] != after[name] for name in told)):
        yield ParcelMoved(
            UUID(after["fulfilment_id"]),
            after["state"],
            msgspec.convert(after["lines"], list[Pieces]),
            after["carrier"],
            after["tracking_number"],
            after["reason"],
        )


def _line(before: Row | None, after: Row | None, currency: str) -> Iterator[Detail]:
    row = after or before
    assert row is not None, "a change has a row on one side"
    was, now = _wanted(before), _wanted(after)
    if was != now:
        yield LineChanged(row["sku"], row["title"], was, now)


def _wanted(line: Row | None) -> int:
    return 0 if line is None else int(line["quantity"]) - int(line.get("cancelled_quantity", 0))


def _return(before: Row | None, after: Row | None, currency: str) -> Iterator[Detail]:
    if after is not None and (before is None or before["state"] != after["state"]):
        yield ReturnMoved(UUID(after["return_id"]), after["number"], after["state"])


def _claim(before: Row | None, after: Row | None, currency: str) -> Iterator[Detail]:
    if after is not None and (before is None or before["state"] != after["state"]):
        yield ClaimMoved(UUID(after["claim_id"]), after["number"], after["state"])


def _edit(before: Row | None, after: Row | None, currency: str) -> Iterator[Detail]:
    if after is not None and (before is None or before["state"] != after["state"]):
        yield EditMoved(UUID(after["edit_id"]), after["kind"], after["state"])


_READERS: dict[str, Callable[[Row | None, Row | None, str], Iterator[Detail]]] = {
    "orders": _order,
    "order_lines": _line,
    "fulfilments": _parcel,
    "order_refunds": _refund,
    "order_returns": _return,
    "order_claims": _claim,
    "order_edits": _edit,
}
