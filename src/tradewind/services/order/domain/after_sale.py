"""What becomes of an order after it was sold: edits, returns and claims as machines of data, and their sums. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from tradewind.services.order.domain.pricing import capture_share

S = TypeVar("S", bound=str)
RETURN_TRANSITIONS: Mapping[str, frozenset[str]] = {
    "requested": frozenset({"approved", "refused", "cancelled"}),
    "approved": frozenset({"partially_received", "received", "cancelled"}),
    "partially_received": frozenset({"partially_received", "received", "refunded", "closed"}),
    "received": frozenset({"refunded", "closed"}),
    "refused": frozenset(),
    "refunded": frozenset(),
    "closed": frozenset(),
    "cancelled": frozenset(),
}
EDIT_TRANSITIONS: Mapping[str, frozenset[str]] = {  # of exchanges as well
    "begun": frozenset({"requested", "confirming", "cancelled"}),
    "requested": frozenset({"confirming", "refused", "cancelled"}),  # the customer is asked
    "confirming": frozenset(
        {"confirmed", "begun"}
    ),  # its stock is being changed; begun: there was too little
    "confirmed": frozenset(),
    "refused": frozenset(),
    "cancelled": frozenset(),
}
CLAIM_TRANSITIONS: Mapping[str, frozenset[str]] = {
    "requested": frozenset({"accepted", "refused", "cancelled"}),
    "accepted": frozenset(
        {"reserved", "settled", "requested"}
    ),  # requested: it could not be done, decide again
    "reserved": frozenset({"shipping"}),
    "shipping": frozenset({"settled"}),
    "settled": frozenset(),
    "refused": frozenset(),
    "cancelled": frozenset(),
}
RECEIVABLE = ("approved", "partially_received")
REFUNDABLE = ("partially_received", "received")
WAITS_FOR_PIECES = ("requested", "approved", "partially_received")  # pieces are counted as on their way back


def origins(transitions: Mapping[S, frozenset[S]], to: S) -> list[S]:
    """The states from which one may come to `to`: what a guarded UPDATE asks for."""
    return sorted(state for state, moves in transitions.items() if to in moves)


class Pieces(msgspec.Struct, frozen=True):
    """How many of one SKU."""

    sku: str
    quantity: int


class Parcelled(msgspec.Struct, frozen=True):
    """Pieces of one SKU that left in a parcel, and when they arrived (or left, while that is all that is known)."""

    sku: str
    quantity: int
    at: datetime | None


def summed(lines: Iterable[tuple[str, int]]) -> list[Pieces]:
    """Pieces of one SKU summed, in the order of the SKUs so that locks are taken alike."""
    quantities: dict[str, int] = {}
    for sku, quantity in lines:
        quantities[sku] = quantities.get(sku, 0) + quantity
    return [Pieces(sku, quantities[sku]) for sku in sorted(quantities)]


def returnable_until(parcels: Sequence[Parcelled], sku: str, days: int) -> datetime | None:
    """Until when a customer may ask to return this SKU: counted from the last parcel of it. None: nothing left."""
    left = [parcel.at for parcel in parcels if parcel.sku == sku and parcel.at is not None]
    return max(left) + timedelta(days=days) if left else None


class Given(msgspec.Struct, frozen=True):
    """Pieces of one SKU for which something was given: `amount_minor` in all, or (None) all that they cost, be it as
    a replacement."""

    quantity: int
    amount_minor: int | None = None


def given_before(given: Sequence[Given], returned: int, pieces: int) -> tuple[int, int]:
    """Of so many `pieces` that came back: how many were paid back whole, and what was given for the others.

    Pieces of a SKU are alike: those that something was given for are taken to come back first, and `returned` of
    them came back before.
    """
    whole = given_minor = 0
    for one in given:
        before = min(returned, one.quantity)
        taken = min(pieces, one.quantity - before)
        returned, pieces = returned - before, pieces - taken
        if one.amount_minor is None:
            whole += taken
        else:
            given_minor += share_of(one.amount_minor, one.quantity, before, taken)
    return whole, given_minor


def refund_of_return(share_minor: int, fee_minor: int, shipping_minor: int) -> int:
    """What goes back for pieces that cost `share_minor`; below zero where the fee is more than that."""
    return share_minor - fee_minor + shipping_minor


def share_of(total_minor: int, quantity: int, before: int, pieces: int) -> int:
    """What of a line's total falls on `pieces` of it, when `before` of them were counted earlier."""
    return capture_share(total_minor, quantity, before, before + pieces)


class Account(msgspec.Struct, frozen=True):
    """An order's money, as far as an edit changes it; see migration 0006 for what the sums promise."""

    total_minor: int
    captured_minor: int  # or about to be: parcels under way count
    adjustment_minor: int
    due_minor: int
    spare_minor: int


class Settlement(msgspec.Struct, frozen=True):
    """An order's account after an edit. `refund_minor` goes back to the customer; `due_minor` is all that is due
    then, of which `more_minor` came by this edit."""

    adjustment_minor: int
    due_minor: int
    spare_minor: int
    refund_minor: int
    more_minor: int


def settled(account: Account, total_minor: int, credit_minor: int = 0) -> Settlement:
    """The account when the order's total becomes `total_minor`, and `credit_minor` that was captured for returned
    pieces pays for part of it.

    What is authorised stays as it is, so total + adjustment + spare - due does not change but by a refund: that
    is taken from what was captured, and keeps what parcels capture in all at total + adjustment.
    """
    before = account.total_minor + account.adjustment_minor
    after = total_minor + account.adjustment_minor - credit_minor
    refund = max(0, account.captured_minor - after)
    balance = account.spare_minor - account.due_minor + before - after - refund
    due, spare = max(0, -balance), max(0, balance)
    return Settlement(
        account.adjustment_minor - credit_minor + refund, due, spare, refund, max(0, due - account.due_minor)
    )
