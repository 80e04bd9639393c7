"""The pure parts, for whatever is asked."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from tests.inventory.stockroom import Stockroom
from tests.inventory.test_adjustments import ask
from tests.inventory.test_backorders import policy, receive
from tests.inventory.test_bins import shelves
from tests.inventory.test_cycle_counts import another, planned, tally
from tests.inventory.test_purchase_orders import furnished, placed
from tradewind.contracts.inventory import ReturnedPiece, StockCount, StockLine
from tradewind.services.inventory.domain import Change, counted, received, summed
from tradewind.services.inventory.invariants import INVARIANTS
from tradewind.services.inventory.jobs import expire_lots, keep_balances

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
    "ledger_sums_are_balances": ("UPDATE stock SET on_hand = on_hand + 1 WHERE sku = 'VASE'",),
    "open_allocations_are_reserved": ("UPDATE stock SET reserved = reserved - 1 WHERE sku = 'VASE'",),
    "allocations_have_their_reservation": (
        "UPDATE allocations SET owner_id = gen_random_uuid() WHERE sku = 'CUP'",
    ),
    "closed_reservations_hold_nothing": (
        "UPDATE reservations SET state = 'closed', outcome = 'shipped', closed_at = created_at WHERE state = 'held'",
    ),
    "held_reservations_hold_something": ("UPDATE allocations SET released = quantity - shipped",),
    "out_of_stock_holds_nothing": (
        "UPDATE reservations SET state = 'closed', outcome = 'out_of_stock', short = '[]', closed_at = created_at",
    ),
    "shipments_are_what_allocations_shipped": ("UPDATE allocations SET shipped = 0",),
    "shipments_are_in_the_ledger": ("UPDATE shipment_lines SET quantity = quantity + 1",),
    "reservations_are_in_the_ledger": ("UPDATE allocations SET quantity = quantity + 1",),
    "reserved_is_on_hand": (
        """
        DO $$ BEGIN
            ALTER TABLE stock DROP CONSTRAINT stock_reserved_on_hand;
            UPDATE stock SET reserved = on_hand + 1;
        END $$
        """,
    ),
    "shipped_and_released_were_reserved": (
        """
        DO $$ BEGIN
            ALTER TABLE allocations DROP CONSTRAINT allocations_within_quantity;
            UPDATE allocations SET released = quantity + 1;
        END $$
        """,
    ),
    "receipts_are_in_the_ledger": (
        """
        INSERT INTO receipts VALUES ('DN', '[{"sku": "X", "quantity": 1}]', '', now())
        """,
    ),
    "holds_end_in_time": ("UPDATE reservations SET expires_at = now() - interval '1 hour'",),
}


async def test_the_invariants_see_what_is_broken(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.stock("MAIN", VASE=5, CUP=5)
    owner = room.clock.new_id()
    await room.reserve(("VASE", 3), ("CUP", 1), owner_id=owner)
    await room.inventory.ship(owner, room.clock.new_id(), [StockLine("VASE", 1)])
    await room.verify()
    await each_is_seen(room, BREAKING)


async def each_is_seen(room: Stockroom, breaking: dict[str, tuple[str, ...]]) -> None:
    """Whatever breaks it, alone and undone again."""
    queries = dict(INVARIANTS)
    for name, harms in breaking.items():
        for harm in harms:
            seen = False
            try:
                async with room.shop.database("inventory").begin() as tx:
                    await tx.execute(harm)
                    seen = bool(await tx.fetch(queries[name]))
                    raise RuntimeError("undo the harm")
            except RuntimeError:
                assert seen, (name, harm)


STATES = ("on_hand", "reserved", "damaged", "quality_control", "incoming", "safety_stock")
BREAKING_ALLOCATION = {
    "nobody_waits_for_what_is_free": ("UPDATE stock SET reserved = 0 WHERE sku = 'VASE'",),
    "whoever_waits_is_held": (
        "UPDATE reservations SET state = 'closed', outcome = 'shipped', closed_at = created_at WHERE state = 'held'",
    ),
    "a_serial_is_in_one_place": (
        """
        DO $$ BEGIN
            DROP INDEX lots_serial_in_one_place;
            UPDATE lots SET serial = true, on_hand = 1, reserved = 0, damaged = 0;
            INSERT INTO lots (sku, warehouse, lot, serial, on_hand, created_at)
            VALUES ('MILK', 'FAR', 'L-1', true, 1, now());
        END $$
        """,
    ),
    "lots_are_what_lies_there": ("UPDATE lots SET on_hand = on_hand + 1",),
    "ledger_sums_are_lots": ("UPDATE lots SET damaged = damaged + 1",),
    "allocated_lots_are_reserved": ("UPDATE lots SET reserved = reserved - 1",),
    "shipped_lots_are_what_was_shipped": ("UPDATE shipment_lots SET quantity = quantity + 1",),
    "bundles_are_held_in_their_parts": ("UPDATE reservation_bundles SET quantity = quantity + 5",),
    "no_more_came_back_than_was_shipped": ("UPDATE return_lines SET quantity = quantity + 5",),
    "returns_are_in_the_ledger": ("UPDATE return_lines SET quantity = quantity + 1",),
    "kept_balances_are_what_the_ledger_said": tuple(
        f"""
        INSERT INTO stock_balances (sku, warehouse, at, {", ".join(STATES)})
        SELECT sku, warehouse, now() + interval '1 day',
            {", ".join(f"{state} + 1" if state == wrong else state for state in STATES)}
        FROM stock WHERE (sku, warehouse) = ('VASE', 'MAIN')
        """
        for wrong in STATES
    ),
    "expired_lots_are_taken_out_of_sale": (
        """
        DO $$ BEGIN
            ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_append_only;
            UPDATE stock_movements SET at = at - interval '1 hour';
            UPDATE lots SET expires_on = current_date - 1;
        END $$
        """,
    ),
}


async def test_the_invariants_of_allocation_see_what_is_broken(room: Stockroom) -> None:
    await room.warehouse("MAIN")
    await room.warehouse("FAR")
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
    await each_is_seen(room, BREAKING_ALLOCATION)


async def test_balances_are_kept_of_every_state(room: Stockroom) -> None:
    """Twice, for the second are made of the first."""
    await room.warehouse("MAIN")
    await room.warehouse("FAR")
    move = {"sku": "VASE", "warehouse": "MAIN", "quantity": 1, "reason": "fell"}
    line = [{"sku": "VASE", "quantity": 2}]
    for number in (1, 2):
        room.clock.ahead = timedelta(hours=2 * number)
        await room.stock("MAIN", VASE=20 * number)
        await room.reserve(("VASE", 3))
        for kind in ("damage", "quality_hold"):
            assert (await room.http.post("/v1/stock/moves", json={**move, "kind": kind})).status_code == 201
        safety = {"sku": "VASE", "warehouse": "MAIN", "quantity": number}
        assert (await room.http.put("/v1/stock/safety", json=safety)).status_code == 200
        body = {"source": "MAIN", "destination": "FAR", "lines": line}
        made = (await room.http.post("/v1/transfers", json=body)).json()
        assert (await room.http.post(f"/v1/transfers/{made['transfer_id']}/dispatch")).status_code == 200
    room.clock.ahead = timedelta(hours=6)
    assert await keep_balances(room.shop.deps("inventory")) == "2 hours"
    room.clock.ahead = timedelta()
    kept = await room.shop.database("inventory").fetch(
        f"SELECT {', '.join(STATES)} FROM stock_balances ORDER BY warehouse, at"
    )
    assert [tuple(row) for row in kept] == [
        (0, 0, 0, 0, 2, 0),
        (0, 0, 0, 0, 4, 0),
        (16, 3, 1, 1, 0, 1),
        (36, 6, 2, 2, 0, 2),
    ]


async def test_what_came_in_expired_is_out_of_sale_some_minutes_later(room: Stockroom) -> None:
    async def forgotten() -> list[str]:
        query = dict(INVARIANTS)["expired_lots_are_taken_out_of_sale"]
        return [row["lot"] for row in await room.shop.database("inventory").fetch(query)]

    await room.warehouse("MAIN")
    await policy(room, "MILK", tracking="lot")
    over = str((room.clock.now() - timedelta(days=2)).date())
    room.clock.ahead = -timedelta(minutes=9)
    await receive(room, "MILK", 1, lot="L-1", expires_on=over)
    assert await forgotten() == []
    room.clock.ahead = -timedelta(minutes=11)
    await receive(room, "MILK", 1, lot="L-2", expires_on=over)
    room.clock.ahead = timedelta()
    assert await forgotten() == ["L-2"]
    await expire_lots(room.shop.deps("inventory"))
    assert await forgotten() == []


BREAKING_PURCHASING = {
    "incoming_is_what_is_expected": (
        "UPDATE stock SET incoming = incoming + 1 WHERE (sku, warehouse) = ('VASE', 'MAIN')",
        "UPDATE stock SET incoming = incoming - 1 WHERE (sku, warehouse) = ('CUP', 'FAR')",
        "UPDATE purchase_orders SET state = 'closed'",
    ),
    "purchase_lines_are_the_sums_of_their_receipts": (
        "UPDATE purchase_order_lines SET received = received - 1 WHERE received > 0",
        "UPDATE purchase_order_lines SET damaged = damaged - 1 WHERE damaged > 0",
        "UPDATE purchase_order_lines SET refused = refused - 1 WHERE refused > 0",
        "DELETE FROM purchase_receipt_lines",
    ),
    "purchase_states_fit_their_lines": tuple(
        f"UPDATE purchase_orders SET state = '{state}' WHERE number = '{number}'"
        for state, number in (
            ("received", "PO-1001"),
            ("placed", "PO-1001"),
            ("cancelled", "PO-1001"),
            ("partly_received", "PO-1002"),
            ("closed", "PO-1002"),
        )
    ),
    "purchase_receipts_are_in_the_ledger": (
        "UPDATE purchase_receipt_lines SET received = received + 1",
        "UPDATE purchase_receipt_lines SET damaged = damaged + 1",
        "UPDATE purchase_orders SET number = 'PO-1009' WHERE number = 'PO-1001'",
    ),
    "costs_are_shared_out_whole": ("UPDATE purchase_receipts SET costs_minor = costs_minor + 1",),
    "documents_follow_their_table_of_moves": (
        "UPDATE purchase_orders SET state = 'closed' WHERE number = 'PO-1001'",
        "UPDATE transfers SET state = 'received' WHERE state = 'partly_received'",
        "UPDATE cycle_counts SET state = 'cancelled'",
        "UPDATE pick_lists SET state = 'picked'",
        "DELETE FROM document_history",
    ),
}
FORGOTTEN = """
    DO $$ BEGIN
        ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_append_only;
        DELETE FROM stock_movements WHERE kind = 'transfer_in' AND {};
    END $$
    """
BREAKING_WAREHOUSE = {
    "bins_hold_no_more_than_is_on_hand": ("UPDATE bin_stock SET quantity = quantity + 100",),
    "bins_are_the_sums_of_their_movements": (
        "UPDATE bin_stock SET quantity = quantity - 1 WHERE quantity > 0",
        "DELETE FROM bin_stock",
        "DELETE FROM bin_movements",
    ),
    "transfer_lines_are_the_sums_of_their_receipts": (
        "UPDATE transfer_lines SET received = received - 1 WHERE received > 0",
        "UPDATE transfer_lines SET damaged = damaged - 1 WHERE damaged > 0",
        "UPDATE transfer_lines SET missing = missing - 1 WHERE missing > 0",
        "DELETE FROM transfer_receipts",
    ),
    "what_transfers_sent_left_their_source": (
        "UPDATE transfer_lines SET quantity = quantity + 1",
        "UPDATE transfers SET sent_at = created_at WHERE state = 'draft'",
    ),
    "what_came_of_transfers_is_in_the_ledger": (
        FORGOTTEN.format("reference = 'TR-1001/van'"),
        FORGOTTEN.format("reference = 'TR-1002' AND sku = 'CUP'"),
        "UPDATE transfer_receipts SET reference = 'another van'",
        "UPDATE transfers SET state = 'sent', sent_at = NULL WHERE state = 'cancelled'",
    ),
    "approved_counts_are_in_the_ledger": (
        "UPDATE cycle_count_lines SET expected = expected + 1, difference = difference - 1",
    ),
    "put_away_is_done_when_all_is_placed": (
        "UPDATE put_away_tasks SET state = 'open' WHERE state = 'done'",
        "UPDATE put_away_tasks SET state = 'done' WHERE state = 'open'",
    ),
    "packed_lists_are_picked_or_short": (
        "UPDATE pick_lines SET short = 0",
        "UPDATE pick_lines SET picked = picked - 1",
    ),
    "adjustments_are_applied_by_another": ("UPDATE adjustment_requests SET decision = ''",),
}


async def test_the_invariants_of_purchasing_and_warehouse_work_see_what_is_broken(room: Stockroom) -> None:
    await furnished(room)
    await room.warehouse("FAR")
    await room.stock("MAIN", CUP=9)
    await delivered_and_put_away(room)
    await picked_and_packed(room)
    await sent_to("FAR", room)
    await counted_and_adjusted(room)
    await room.verify()
    await each_is_seen(room, BREAKING_PURCHASING | BREAKING_WAREHOUSE)


async def delivered_and_put_away(room: Stockroom) -> None:
    """Of one order a part, of another nothing; ten pieces are placed, and of four it is still to be done."""
    await shelves(room)
    path = await placed(room, {"sku": "VASE", "packs": 2})
    await placed(room, {"sku": "VASE", "packs": 1})
    for reference, line in (
        ("DN-1", {"received": 10, "damaged": 1, "refused": 1}),
        ("DN-2", {"received": 4}),
    ):
        came = {"reference": reference, "lines": [{"sku": "VASE", **line}], "freight_minor": 100}
        assert (await room.http.post(f"{path}/receipts", json=came)).status_code == 201
    task = (await room.http.get("/v1/put-away")).json()["items"][0]["task_id"]
    done = await room.http.post(f"/v1/put-away/{task}/placements", json={"bin": "A-01", "quantity": 10})
    assert done.json()["state"] == "done", done.text


async def picked_and_packed(room: Stockroom) -> None:
    """Two of three are found."""
    owner_id = room.clock.new_id()
    await room.reserve(("VASE", 3), owner_id=owner_id)
    made = await room.http.post("/v1/pick-lists", json={"warehouse": "MAIN", "oldest": 1})
    path = f"/v1/pick-lists/{made.json()['pick_list_id']}"
    await room.http.post(f"{path}/picks", json={"lines": [{"position": 1, "picked": 2}]})
    packed = {"owner_id": str(owner_id), "lines": [{"sku": "VASE", "quantity": 2}]}
    assert (await room.http.post(f"{path}/packing", json=packed)).json()["state"] == "packed"


async def sent_to(destination: str, room: Stockroom) -> None:
    """One transfer arrives in part, one comes back, one is a draft."""
    lines = [{"sku": "VASE", "quantity": 5}, {"sku": "CUP", "quantity": 2}]
    body = {"source": "MAIN", "destination": destination, "lines": lines}
    paths = []
    for _ in range(3):
        made = (await room.http.post("/v1/transfers", json=body)).json()
        paths.append(f"/v1/transfers/{made['transfer_id']}")
    arriving, returning, _ = paths
    for path in (arriving, returning):
        assert (await room.http.post(f"{path}/dispatch")).json()["state"] == "sent"
        if path == returning:
            assert (await room.http.post(f"{path}/cancellation", json={})).json()["state"] == "cancelled"
    came = [{"sku": "VASE", "received": 2, "damaged": 1, "missing": 1}]
    answer = await room.http.post(f"{arriving}/receipts", json={"reference": "van", "lines": came})
    assert answer.json()["state"] == "partly_received", answer.text


async def counted_and_adjusted(room: Stockroom) -> None:
    path = await planned(room, "CUP", tolerance_pieces=9)
    await tally(room, path, CUP=6)
    async with another(room) as approver:
        assert (await approver.post(f"{path}/approval", json={})).json()["state"] == "approved"
    assert (await ask(room, "CUP", -1))["state"] == "applied"


def test_every_invariant_is_seen_broken() -> None:
    broken = BREAKING | BREAKING_ALLOCATION | BREAKING_PURCHASING | BREAKING_WAREHOUSE
    assert set(broken) == {name for name, _ in INVARIANTS}
    assert len(INVARIANTS) == len(broken)
