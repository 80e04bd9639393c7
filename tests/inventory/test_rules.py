"""The pure parts, for whatever is asked."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from tests.inventory.stockroom import Stockroom
from tests.inventory.test_backorders import policy, receive
from tradewind.contracts.inventory import ReturnedPiece, StockCount, StockLine
from tradewind.services.inventory.domain import Change, counted, received, summed
from tradewind.services.inventory.invariants import INVARIANTS
from tradewind.services.inventory.invariants.allocation import ALLOCATION
from tradewind.services.inventory.invariants.purchasing import PURCHASING
from tradewind.services.inventory.invariants.warehouse_work import WAREHOUSE_WORK

SKUS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["Cs"]), min_size=1, max_size=4
)
LINES = st.lists(st.builds(StockLine, SKUS, st.integers(1, 10_000)), min_size=1, max_size=20)


@given(LINES)
def test_summing_keeps_every_piece_and_orders_the_skus(lines: list[StockLine]) -> None:
    wanted = summed(lines)
    total = Counter[str]()
    for line in lines:
        total[line.sku] += line.quantity
    assert wanted == total
    assert list(wanted) == sorted(wanted)


@given(
    st.lists(
        st.builds(Change, SKUS, st.sampled_from(["A-WH", "B-WH"]), st.integers(1, 9)), min_size=1, max_size=5
    )
)
def test_a_delivery_is_the_same_in_any_order_of_its_lines(lines: list[Change]) -> None:
    assert len({tuple(received(order)) for order in permutations(lines)}) == 1


@given(st.lists(st.builds(StockCount, SKUS, st.just("A-WH"), st.just(3)), max_size=20))
def test_what_is_counted_alike_twice_is_counted_once(counts: list[StockCount]) -> None:
    assert counted(counts + counts) == counted(counts)


BREAKING = {
    "ledger_sums_are_balances": "UPDATE stock SET on_hand = on_hand + 1 WHERE sku = 'VASE'",
    "open_allocations_are_reserved": "UPDATE stock SET reserved = reserved - 1 WHERE sku = 'VASE'",
    "allocations_have_their_reservation": "UPDATE allocations SET owner_id = gen_random_uuid() WHERE sku = 'CUP'",
    "closed_reservations_hold_nothing": (
        "UPDATE reservations SET state = 'closed', outcome = 'shipped', closed_at = created_at WHERE state = 'held'"
    ),
    "held_reservations_hold_something": "UPDATE allocations SET released = quantity - shipped",
    "out_of_stock_holds_nothing": (
        "UPDATE reservations SET state = 'closed', outcome = 'out_of_stock', short = '[]', closed_at = created_at"
    ),
    "shipments_are_what_allocations_shipped": "UPDATE allocations SET shipped = 0",
    "shipments_are_in_the_ledger": "UPDATE shipment_lines SET quantity = quantity + 1",
    "reservations_are_in_the_ledger": "UPDATE allocations SET quantity = quantity + 1",
    "receipts_are_in_the_ledger": """
        INSERT INTO receipts VALUES ('DN', '[{"sku": "X", "quantity": 1}]', '', now())
        """,
    "holds_end_in_time": "UPDATE reservations SET expires_at = now() - interval '1 hour'",
}


async def test_the_invariants_see_what_is_broken(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=5, CUP=5)
    owner = room.clock.new_id()
    await room.reserve(("VASE", 3), ("CUP", 1), owner_id=owner)
    await room.inventory.ship(owner, room.clock.new_id(), [StockLine("VASE", 1)])
    await room.verify()
    queries = dict(INVARIANTS)
    for name, harm in BREAKING.items():
        seen = False
        try:
            async with room.shop.database("inventory").begin() as tx:
                await tx.execute(harm)
                seen = bool(await tx.fetch(queries[name]))
                raise RuntimeError("undo the harm")
        except RuntimeError:
            assert seen, name
    held_by_checks = {"reserved_is_on_hand", "shipped_and_released_were_reserved"}
    of_others = {name for part in (ALLOCATION, PURCHASING, WAREHOUSE_WORK) for name, _ in part}
    assert set(queries) - of_others == set(BREAKING) | held_by_checks


BREAKING_ALLOCATION = {
    "nobody_waits_for_what_is_free": "UPDATE stock SET reserved = 0 WHERE sku = 'VASE'",
    "whoever_waits_is_held": (
        "UPDATE reservations SET state = 'closed', outcome = 'shipped', closed_at = created_at WHERE state = 'held'"
    ),
    "lots_are_what_lies_there": "UPDATE lots SET on_hand = on_hand + 1",
    "ledger_sums_are_lots": "UPDATE lots SET damaged = damaged + 1",
    "allocated_lots_are_reserved": "UPDATE lots SET reserved = reserved - 1",
    "shipped_lots_are_what_was_shipped": "UPDATE shipment_lots SET quantity = quantity + 1",
    "bundles_are_held_in_their_parts": "UPDATE reservation_bundles SET quantity = quantity + 5",
    "no_more_came_back_than_was_shipped": "UPDATE return_lines SET quantity = quantity + 5",
    "returns_are_in_the_ledger": "UPDATE return_lines SET quantity = quantity + 1",
    "kept_balances_are_what_the_ledger_said": """
        INSERT INTO stock_balances VALUES ('VASE', 'MAIN', now() + interval '1 day', 99, 0, 0, 0, 0, 0)
        """,
}


async def test_the_invariants_of_allocation_see_what_is_broken(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=2, CUP=9)
    await policy(room, "VASE", sell_beyond="backorder", limit=9)
    await policy(room, "MILK", tracking="lot")
    await receive(room, "MILK", 5, lot="L-1")
    set_ = {"sku": "SET", "parts": [{"sku": "CUP", "quantity": 2}]}
    assert (await room.http.put("/v1/stock/bundles", json=set_)).status_code == 200
    owner = room.clock.new_id()
    await room.reserve(("VASE", 3), ("MILK", 4), ("SET", 2), owner_id=owner)
    await room.inventory.ship(owner, room.clock.new_id(), [StockLine("MILK", 2)])
    back = [ReturnedPiece("MILK", 1, "MAIN", "damaged")]
    await room.inventory.take_back(owner, room.clock.new_id(), back)
    await room.verify()
    queries = dict(ALLOCATION)
    for name, harm in BREAKING_ALLOCATION.items():
        seen = False
        try:
            async with room.shop.database("inventory").begin() as tx:
                await tx.execute(harm)
                seen = bool(await tx.fetch(queries[name]))
                raise RuntimeError("undo the harm")
        except RuntimeError:
            assert seen, name
    assert set(queries) == set(BREAKING_ALLOCATION) | {"a_serial_is_in_one_place"}  # held by its index
