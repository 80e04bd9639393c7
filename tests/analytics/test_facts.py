"""All facts of an order follow from what was told of it, in whatever order it came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from tradewind.ports.analytics_store import PARTS_PER_MINOR
from tradewind.services.analytics.domain import (
    Cancelled,
    ChargedBack,
    LeftBehind,
    Placed,
    PlacedLine,
    Record,
    Refunded,
    fact_of_cart,
    facts_of_order,
)

ORDER = UUID(int=7)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def sale(*totals: int, shipping: int = 490) -> Placed:
    lines = [PlacedLine(f"S{n}", UUID(int=n), f"Title {n}", 2, total) for n, total in enumerate(totals)]
    return Placed("N1", "EUR", sum(totals) + shipping, "DE", lines, "ada@example.com", "Ada")


def test_the_order_in_which_it_came_does_not_matter() -> None:
    records = [
        Record(NOON, sale(1000, 333, 1)),
        Record(NOON + timedelta(days=1), Refunded(UUID(int=1), 517)),
        Record(NOON + timedelta(days=2), Refunded(UUID(int=2), 13)),
        Record(NOON + timedelta(days=2), ChargedBack(UUID(int=3), 700)),
        Record(NOON + timedelta(days=3), Cancelled(True)),
    ]
    facts = {repr(facts_of_order(ORDER, order)) for order in permutations(records)}
    assert len(facts) == 1


def test_told_twice_it_is_counted_once() -> None:
    refund = Record(NOON, Refunded(UUID(int=1), 100))
    placed, cancelled = Record(NOON, sale(1000)), Record(NOON, Cancelled(True))
    lost = Record(NOON, ChargedBack(UUID(int=2), 300))
    once = facts_of_order(ORDER, [placed, refund, lost, cancelled])
    assert facts_of_order(ORDER, [lost, placed, refund, refund, lost, cancelled, placed, cancelled]) == once


def test_what_was_never_placed_is_no_sale() -> None:
    assert facts_of_order(ORDER, [Record(NOON, Cancelled(False))]) == (None, [])
    assert facts_of_order(ORDER, [Record(NOON, Refunded(UUID(int=1), 5))]) == (None, [])


@given(
    totals=st.lists(st.integers(0, 10**6), min_size=1, max_size=6),
    shipping=st.integers(0, 2000),
    shares=st.lists(st.tuples(st.floats(0, 0.4), st.booleans()), max_size=4),
    cancelled=st.booleans(),
)
def test_refunds_and_charge_backs_come_to_what_was_given_back_and_never_above_a_lines_own(
    totals: list[int], shipping: int, shares: list[tuple[float, bool]], cancelled: bool
) -> None:
    placed = sale(*totals, shipping=shipping)
    records, left, charged_back = [Record(NOON, placed)], placed.total_minor, 0
    for number, (share, disputed) in enumerate(shares, 1):
        amount = int(left * share)
        left -= amount
        charged_back += amount if disputed else 0
        told = (ChargedBack if disputed else Refunded)(UUID(int=number), amount)
        records.append(Record(NOON + timedelta(hours=number), told))
    if cancelled:
        records.append(Record(NOON + timedelta(days=9), Cancelled(True)))
    order, lines = facts_of_order(ORDER, records)
    assert order is not None
    assert sum(line.gross_parts for line in lines) == placed.total_minor * PARTS_PER_MINOR
    assert sum(line.charged_back_parts for line in lines) == charged_back * PARTS_PER_MINOR
    given_back = sum(line.refund_parts + line.charged_back_parts for line in lines)
    assert given_back == (placed.total_minor - (0 if cancelled else left)) * PARTS_PER_MINOR
    assert sum(line.orders for line in lines) == 1
    if cancelled or left == 0:
        for sku in {line.sku for line in lines}:
            of_sku = [line for line in lines if line.sku == sku]
            assert sum(of.gross_parts for of in of_sku) == sum(
                of.refund_parts + of.charged_back_parts for of in of_sku
            )
    returned = sum(line.returned_units for line in lines)
    assert returned == (sum(line.units for line in lines) if cancelled else 0)


def test_a_cart_is_as_it_was_told_last() -> None:
    cart_id = uuid4()
    earlier = Record(NOON, LeftBehind("EUR", 100, 1, "a@example.com"))
    later = Record(NOON + timedelta(days=1), LeftBehind("EUR", 250, 2, "a@example.com"))
    facts = {fact_of_cart(cart_id, order) for order in permutations((earlier, later))}
    assert [fact.value_minor for fact in facts if fact] == [250]
    assert fact_of_cart(cart_id, []) is None
