"""The states of an order and of a fulfilment, and the moves between them. Nothing else moves one."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    PENDING = "pending"  # being driven: stock, then payment
    ACTION_REQUIRED = "action_required"  # the shopper must confirm the payment (3-D Secure)
    PAYMENT_FAILED = "payment_failed"  # declined: another card may be tried; stock is still held
    PLACED = "placed"  # authorised and held: it will be shipped
    PARTIALLY_FULFILLED = "partially_fulfilled"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.PENDING: frozenset({State.PLACED, State.ACTION_REQUIRED, State.PAYMENT_FAILED, State.CANCELLED}),
    State.ACTION_REQUIRED: frozenset({State.PENDING, State.PAYMENT_FAILED, State.CANCELLED}),
    State.PAYMENT_FAILED: frozenset({State.PENDING, State.CANCELLED}),
    State.PLACED: frozenset({State.PARTIALLY_FULFILLED, State.FULFILLED, State.CANCELLED}),
    State.PARTIALLY_FULFILLED: frozenset({State.PARTIALLY_FULFILLED, State.FULFILLED}),
    State.FULFILLED: frozenset(),
    State.CANCELLED: frozenset(),
}
UNPAID = (State.PENDING, State.ACTION_REQUIRED, State.PAYMENT_FAILED)
CANCELLABLE = (*UNPAID, State.PLACED)
FULFILLABLE = (State.PLACED, State.PARTIALLY_FULFILLED)

FULFILMENT_TRANSITIONS: dict[str, frozenset[str]] = {
    "requested": frozenset({"shipped", "failed"}),
    "shipped": frozenset({"delivered"}),
    "delivered": frozenset(),
    "failed": frozenset(),
}


def may_move(state: State, to: State) -> bool:
    return to in TRANSITIONS[state]
