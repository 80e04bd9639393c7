"""What orders and carts told, and what reports make of it. Pure.

All facts of an order follow from all that is known of it, whatever came first: a refund before its order, an event
twice, a cancellation that overtook a refund.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from tradewind.contracts.common import share_out
from tradewind.ports.analytics_store import PARTS_PER_MINOR, CartFact, OrderFact, SaleLine

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Since 1970, UTC."""
    return (at - _EPOCH) // _MICROSECOND


def moment(us: int) -> datetime:
    return _EPOCH + us * _MICROSECOND


class PlacedLine(msgspec.Struct, frozen=True):
    sku: str
    product_id: UUID | None
    title: str
    quantity: int
    total_minor: int  # after its share of discounts
    category: str = ""


class Placed(msgspec.Struct, frozen=True, tag="placed"):
    """The sale. What is not of its lines is shipping."""

    number: str
    currency: str
    total_minor: int
    country: str
    lines: list[PlacedLine]
    email: str
    name: str
    account_id: UUID | None = None
    cart_id: UUID | None = None
    demo: bool = False


class Cancelled(msgspec.Struct, frozen=True, tag="cancelled"):
    """What was not refunded by itself is given back by this, if it had been placed."""

    was_placed: bool


class Refunded(msgspec.Struct, frozen=True, tag="refunded"):
    refund_id: UUID
    amount_minor: int


class ChargedBack(msgspec.Struct, frozen=True, tag="charged_back"):
    """A dispute was lost: so much of what was not given back before stays with the customer."""

    dispute_id: UUID
    amount_minor: int


class Edited(msgspec.Struct, frozen=True, tag="edited"):
    """The sale as it holds from then on. `given_back_minor` was captured above that: it is told as a refund too.
    `credited_minor` was paid with what came back."""

    total_minor: int
    lines: list[PlacedLine]
    given_back_minor: int = 0
    credited_minor: int = 0


class LeftBehind(msgspec.Struct, frozen=True, tag="left_behind"):
    """A cart that nobody touched for a while."""

    currency: str
    value_minor: int
    lines: int
    email: str
    account_id: UUID | None = None
    demo: bool = False


Told = Placed | Cancelled | Refunded | ChargedBack | Edited | LeftBehind


@dataclass(frozen=True, slots=True)
class Record:
    """What was told, and when it happened."""

    at: datetime
    told: Told


def facts_of_order(order_id: UUID, records: Sequence[Record]) -> tuple[OrderFact | None, list[SaleLine]]:
    """Nothing for an order that was not placed, or of which that is not known yet."""
    placed = next((record for record in records if isinstance(record.told, Placed)), None)
    if placed is None:
        return None, []
    sale = placed.told
    assert isinstance(sale, Placed)
    sale = _as_edited(sale, records)
    person = str(sale.account_id) if sale.account_id else ""
    order = OrderFact(order_id, microseconds(placed.at), sale.cart_id, person, sale.demo)
    lines = _sold(order_id, placed.at, sale)
    returned = 0
    for loss in _given_back(records, sale.total_minor):
        lines += _returned(lines[: len(sale.lines) + 1], returned, loss)
        returned += loss.amount_minor
    return order, lines


def _as_edited(sale: Placed, records: Sequence[Record]) -> Placed:
    """As the last edit left it. What an edit gave back was sold before that: it counts as sold and as refunded."""
    edits = sorted((r for r in records if isinstance(r.told, Edited)), key=lambda record: record.at)
    given_back = 0
    for record in edits:
        assert isinstance(record.told, Edited)
        given_back += record.told.given_back_minor
        sale = msgspec.structs.replace(
            sale, total_minor=record.told.total_minor + given_back, lines=record.told.lines
        )
    return sale


def _sold(order_id: UUID, at: datetime, sale: Placed) -> list[SaleLine]:
    """A line for each of the order's, and one of shipping: together the order's total."""
    at_us = microseconds(at)

    def line(**of: str | int | UUID | None) -> SaleLine:
        return SaleLine(
            order_id=order_id,
            at_us=at_us,
            currency=sale.currency,
            returned_units=0,
            refund_parts=0,
            country=sale.country,
            customer=str(sale.account_id) if sale.account_id else sale.email.lower(),
            customer_label=f"{sale.name} <{sale.email}>" if sale.email else "",
            demo=sale.demo,
            **of,  # type: ignore[arg-type]
        )

    items = [
        line(
            kind="item",
            orders=0,
            units=of.quantity,
            gross_parts=of.total_minor * PARTS_PER_MINOR,
            sku=of.sku,
            product_id=of.product_id,
            title=of.title,
            category=of.category,
        )
        for of in sale.lines
    ]
    shipping_minor = sale.total_minor - sum(of.total_minor for of in sale.lines)
    return [*items, line(kind="shipping", orders=1, units=0, gross_parts=shipping_minor * PARTS_PER_MINOR)]


@dataclass(frozen=True, slots=True, order=True)
class _Loss:
    """With the pieces, which only a cancellation says of; by a dispute that was lost, or given back."""

    at: datetime
    amount_minor: int
    units_too: bool = False
    charged_back: bool = False


def _given_back(records: Sequence[Record], total_minor: int) -> list[_Loss]:
    """The earliest first."""
    losses: dict[UUID, _Loss] = {}  # by refund, by dispute
    cancelled_at: datetime | None = None
    for record in records:
        if isinstance(record.told, Refunded):
            losses.setdefault(record.told.refund_id, _Loss(record.at, record.told.amount_minor))
        elif isinstance(record.told, ChargedBack):
            lost = _Loss(record.at, record.told.amount_minor, charged_back=True)
            losses.setdefault(record.told.dispute_id, lost)
        elif isinstance(record.told, Cancelled) and record.told.was_placed:
            cancelled_at = record.at if cancelled_at is None else min(cancelled_at, record.at)
    found = list(losses.values())
    found += [
        _Loss(r.at, r.told.credited_minor)
        for r in records
        if isinstance(r.told, Edited) and r.told.credited_minor
    ]
    left = total_minor - sum(loss.amount_minor for loss in found)
    if cancelled_at is not None:
        found.append(_Loss(cancelled_at, max(left, 0), units_too=True))
    return sorted(found)


def _returned(sold: Sequence[SaleLine], before_minor: int, loss: _Loss) -> list[SaleLine]:
    """An amount shared out over what was sold, so that all of them together come to each line's share of them."""
    weights = [max(line.gross_parts, 0) for line in sold]
    earlier = share_out(before_minor, weights)
    shares = [
        now - then
        for now, then in zip(share_out(before_minor + loss.amount_minor, weights), earlier, strict=True)
    ]
    return [
        SaleLine(
            order_id=line.order_id,
            at_us=microseconds(loss.at),
            currency=line.currency,
            kind=line.kind,
            orders=0,
            units=0,
            returned_units=line.units if loss.units_too else 0,
            gross_parts=0,
            refund_parts=0 if loss.charged_back else share * PARTS_PER_MINOR,
            country=line.country,
            customer=line.customer,
            customer_label=line.customer_label,
            sku=line.sku,
            product_id=line.product_id,
            title=line.title,
            category=line.category,
            demo=line.demo,
            charged_back_parts=share * PARTS_PER_MINOR if loss.charged_back else 0,
        )
        for line, share in zip(sold, shares, strict=True)
        if share or (loss.units_too and line.units)
    ]


def fact_of_cart(cart_id: UUID, records: Sequence[Record]) -> CartFact | None:
    """As it was told last."""
    told = [record for record in records if isinstance(record.told, LeftBehind)]
    if not told:
        return None
    last = max(told, key=lambda record: record.at)
    cart = last.told
    assert isinstance(cart, LeftBehind)
    return CartFact(
        cart_id,
        microseconds(last.at),
        str(cart.account_id) if cart.account_id else "",
        cart.email,
        cart.currency,
        cart.value_minor,
        cart.lines,
        cart.demo,
    )
