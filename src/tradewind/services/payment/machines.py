"""The machines of a payment, as they are drawn: by name, from the tables that decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tradewind.services.payment.domain import (
    ATTEMPT_TRANSITIONS,
    OPERATION_TRANSITIONS,
    Transitions,
)

# A processor tells how a dispute is, and may skip what came between; what is decided stays so.
DISPUTE_TRANSITIONS: Transitions = {
    "needs_response": frozenset({"under_review", "won", "lost"}),
    "under_review": frozenset({"needs_response", "won", "lost"}),
    "won": frozenset(),
    "lost": frozenset(),
}
# Both in one: it is authorised, and all of it captured once the order is placed. Where that capture fails, what is
# authorised is captured parcel by parcel.
PURCHASE_TRANSITIONS: Transitions = {
    **{state: to for state, to in ATTEMPT_TRANSITIONS.items() if state not in ("authorised", "voided")},
    "authorised": frozenset({"capturing", "voided"}),
    "capturing": frozenset({"capture_unknown", "captured", "authorised"}),
    "capture_unknown": frozenset({"captured", "authorised"}),
    "captured": frozenset(),
    "voided": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Machine:
    name: str
    moves: Transitions
    beginnings: tuple[str, ...]
    about: str


def _operation(name: str, about: str, *beginnings: str) -> Machine:
    return Machine(name, OPERATION_TRANSITIONS, beginnings, about)


MACHINES: Mapping[str, Machine] = {
    it.name: it
    for it in (
        Machine(
            "authorise",
            ATTEMPT_TRANSITIONS,
            ("processing",),
            "An attempt. `pending` was certainly not sent, `unknown` had no answer; a late one of an `abandoned` "
            "attempt is voided.",
        ),
        _operation("capture", "Begun as it is sent; what is `unknown` is asked about first.", "processing"),
        Machine(
            "purchase",
            PURCHASE_TRANSITIONS,
            ("processing",),
            "Authorise, and capture all of it once the order is placed.",
        ),
        _operation("void", "Written down before it is sent.", "pending"),
        _operation("refund", "As a capture.", "processing"),
        Machine(
            "chargeback",
            DISPUTE_TRANSITIONS,
            ("needs_response", "under_review", "won", "lost"),
            "A dispute, as the processor tells it.",
        ),
    )
}
