"""Prices by break, packs, what a delivery cost: pure, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tradewind.contracts.common import share_out
from tradewind.services.inventory.shapes.suppliers import PriceBreak

LARGEST_LINE = 1_000_000  # pieces, as one line of a delivery holds


@dataclass(frozen=True)
class Came:
    """What came of one line of a purchase order with one delivery."""

    sku: str
    received: int
    damaged: int
    refused: int

    @property
    def taken(self) -> int:
        """Damaged pieces were taken in: they are paid for until the supplier says otherwise."""
        return self.received + self.damaged


@dataclass(frozen=True)
class Ordered:
    """One line of a purchase order before a delivery."""

    sku: str
    quantity: int
    most: int
    taken: int
    pack_size: int
    pack_price_minor: int
    weight_grams: int | None

    @property
    def outstanding(self) -> int:
        return max(self.quantity - self.taken, 0)


def pack_price(prices: Sequence[PriceBreak], packs: int) -> int:
    """Of one pack, when so many are bought; below the first break it is the first break's."""
    reached = [price for price in prices if price.packs <= packs]
    return (reached or prices)[-1 if reached else 0].pack_price_minor


def whole_packs(pieces: int, pack_size: int) -> int:
    """As few packs as hold so many pieces."""
    return -(-pieces // pack_size)


def goods_value(line: Ordered, pieces: int) -> int:
    """What so many more pieces of a line cost. The values of all its deliveries sum to that of all its pieces,
    whatever the deliveries: each is the difference between two running totals."""
    return _value(line, line.taken + pieces) - _value(line, line.taken)


def _value(line: Ordered, pieces: int) -> int:
    return pieces * line.pack_price_minor // line.pack_size


def landed(
    costs_minor: int,
    share_by: Literal["value", "quantity", "weight"],
    lines: Sequence[tuple[Ordered, Came]],
    goods: Sequence[int],
) -> list[int]:
    """The delivery's freight, duty and the rest, shared out to what was taken in: by largest remainder."""
    if share_by == "value":
        weights = list(goods)
    elif share_by == "weight":
        weights = [came.taken * (ordered.weight_grams or 0) for ordered, came in lines]
    else:
        weights = [came.taken for _, came in lines]
    if not any(weights):
        weights = [came.taken for _, came in lines]
    return share_out(costs_minor, weights)


def moving_average(average: Decimal | None, on_hand_before: int, cost_minor: int, pieces: int) -> Decimal:
    """The cost of a piece after `pieces` came for `cost_minor` to `on_hand_before` at `average` each."""
    if average is None or on_hand_before <= 0:
        return Decimal(cost_minor) / pieces
    return (average * on_hand_before + cost_minor) / (on_hand_before + pieces)
