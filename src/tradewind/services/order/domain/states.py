"""The states of an order and of its parcels, and the moves between them, as data. Nothing else moves one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"  # staff put it together: nothing is held or charged
    PENDING = "pending"  # being driven: stock, then payment
    ACTION_REQUIRED = "action_required"  # the shopper must confirm the payment (3-D Secure)
    PAYMENT_FAILED = "payment_failed"  # declined: another card may be tried; stock is still held
    PLACED = "placed"  # authorised and held: it will be shipped
    PARTIALLY_FULFILLED = "partially_fulfilled"
    FULFILLED = "fulfilled"  # nothing is left to ship
    PARTIALLY_RETURNED = "partially_returned"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # not paid in time


class Parcel(StrEnum):
    """A fulfilment's states. Its pieces are taken from the order's lines unless it failed or was cancelled."""

    REQUESTED = "requested"  # the warehouse is asked for it
    PACKED = "packed"
    SHIPPING = "shipping"  # being driven: its share is captured, then its stock leaves
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.PENDING, State.CANCELLED, State.EXPIRED}),
    State.PENDING: frozenset(
        {State.PLACED, State.ACTION_REQUIRED, State.PAYMENT_FAILED, State.CANCELLED, State.EXPIRED}
    ),
    State.ACTION_REQUIRED: frozenset({State.PENDING, State.PAYMENT_FAILED, State.CANCELLED, State.EXPIRED}),
    State.PAYMENT_FAILED: frozenset({State.PENDING, State.CANCELLED, State.EXPIRED}),
    State.PLACED: frozenset(
        {
            State.PARTIALLY_FULFILLED,
            State.FULFILLED,
            State.CANCELLED,
            State.EXPIRED,
        }  # a transfer did not come
    ),
    State.PARTIALLY_FULFILLED: frozenset(
        {State.PARTIALLY_FULFILLED, State.FULFILLED, State.PARTIALLY_RETURNED, State.RETURNED}
    ),
    State.FULFILLED: frozenset({State.PARTIALLY_FULFILLED, State.PARTIALLY_RETURNED, State.RETURNED}),
    State.PARTIALLY_RETURNED: frozenset(
        {State.PARTIALLY_RETURNED, State.RETURNED, State.PARTIALLY_FULFILLED}
    ),
    State.RETURNED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
}
PARCEL_TRANSITIONS: Mapping[Parcel, frozenset[Parcel]] = {
    Parcel.REQUESTED: frozenset({Parcel.PACKED, Parcel.SHIPPING, Parcel.CANCELLED}),
    Parcel.PACKED: frozenset({Parcel.SHIPPING, Parcel.CANCELLED}),
    Parcel.SHIPPING: frozenset({Parcel.SHIPPED, Parcel.FAILED}),
    Parcel.SHIPPED: frozenset({Parcel.DELIVERED}),
    Parcel.DELIVERED: frozenset(),
    Parcel.FAILED: frozenset(),
    Parcel.CANCELLED: frozenset(),
}
ENDED = (State.CANCELLED, State.EXPIRED)  # nothing of it is sold: it holds no stock, money or discount
UNPAID = (State.PENDING, State.ACTION_REQUIRED, State.PAYMENT_FAILED)
CANCELLABLE = (State.DRAFT, *UNPAID, State.PLACED)
FULFILLABLE = (State.PLACED, State.PARTIALLY_FULFILLED)
PAID = (*FULFILLABLE, State.FULFILLED, State.PARTIALLY_RETURNED, State.RETURNED)  # placed, and not ended

UNDER_WAY = (Parcel.REQUESTED, Parcel.PACKED, Parcel.SHIPPING)
LEFT = (Parcel.SHIPPED, Parcel.DELIVERED)  # the warehouse
CAME_TO_NOTHING = (Parcel.FAILED, Parcel.CANCELLED)  # its pieces are open again


def may_move(state: State, to: State) -> bool:
    return to in TRANSITIONS[state]
