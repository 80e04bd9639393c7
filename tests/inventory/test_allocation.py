"""Which warehouse gives what: every rule, on any stock."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.inventory.stockroom import Stockroom, open_stockroom
from tests.inventory.test_backorders import policy
from tradewind.contracts.inventory import Allocation, Destination, OutOfStock, Reserved, StockLine
from tradewind.kernel.errors import Invalid
from tradewind.services.inventory.domain.allocation import RULES, Plan, Rule, Shelf, distance, plan
from tradewind.services.inventory.domain.movements import KINDS, STATES
from tradewind.services.inventory.shapes import MovementKind

SKUS, CODES = ("CUP", "POT", "TRAY"), ("A-WH", "B-WH", "C-WH", "D-WH")
WANTED = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 9), min_size=1)
SHELVES = st.lists(
    st.builds(
        Shelf,
        st.sampled_from(SKUS),
        st.sampled_from(CODES),
        st.integers(-2, 9),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    unique_by=lambda shelf: (shelf.sku, shelf.warehouse),
)


def taken(found: Plan) -> Counter[str]:
    total = Counter[str]()
    for share in found.shares:
        total[share.sku] += share.quantity
    return total


@given(WANTED, SHELVES, st.sampled_from(RULES), st.booleans())
def test_every_rule_takes_what_is_free_and_names_what_is_missing(
    wanted: dict[str, int], shelves: list[Shelf], rule: Rule, split: bool
) -> None:
    found = plan(wanted, shelves, rule, split=split)
    free = {(shelf.sku, shelf.warehouse): shelf.free for shelf in shelves}
    assert all(0 < share.quantity <= free[share.sku, share.warehouse] for share in found.shares)
    assert taken(found) + Counter(found.missing) == wanted
    if split:
        for sku, quantity in wanted.items():
            there = sum(max(shelf.free, 0) for shelf in shelves if shelf.sku == sku)
            assert found.missing.get(sku, 0) == max(quantity - there, 0)
    else:
        assert len({share.warehouse for share in found.shares}) <= 1


@given(WANTED, SHELVES)
def test_fewest_parcels_never_takes_more_warehouses_than_another_rule(
    wanted: dict[str, int], shelves: list[Shelf]
) -> None:
    parcels = {rule: len({s.warehouse for s in plan(wanted, shelves, rule).shares}) for rule in RULES}
    assert parcels["fewest_parcels"] == min(parcels.values())


def test_what_each_rule_prefers() -> None:
    shelves = [
        Shelf("CUP", "A-WH", 1, priority=1, distance=900),
        Shelf("CUP", "B-WH", 5, priority=2, distance=10),
        Shelf("CUP", "C-WH", 9, priority=3, distance=500),
    ]
    first = {rule: plan({"CUP": 1}, shelves, rule).shares[0].warehouse for rule in RULES}
    assert first == {
        "priority": "A-WH",
        "nearest": "B-WH",
        "fewest_parcels": "A-WH",
        "highest_stock": "C-WH",
    }
    assert plan({"CUP": 6}, shelves, "fewest_parcels").shares[0].warehouse == "C-WH"


def test_the_longest_prefix_tells_how_far_a_warehouse_is() -> None:
    regions = [("DE", "", 300), ("DE", "1", 50), ("DE", "10", 5), ("AT", "", 400)]
    assert distance(regions, "DE", "DE", "10115") == 5
    assert distance(regions, "DE", "DE", "1 99 99") == 50
    assert distance(regions, "DE", "DE", "80331") == 300
    assert distance(regions, "DE", "AT", "1010") == 400
    assert distance(regions, "DE", "FR", "75001") == 1000
    assert distance([], "FR", "FR", "75001") == 500


async def test_the_database_knows_the_kinds_of_movements_that_the_code_knows(room: Stockroom) -> None:
    """The CHECK takes each kind where its states move as KINDS says, and no other."""
    assert set(KINDS) == set(MovementKind.__args__)  # type: ignore[attr-defined]
    columns = ", ".join(f"{state}_delta" for state in STATES)
    text: str = await room.shop.database("inventory").value(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'stock_movements_kind_deltas'"
    )
    condition = text.removeprefix("CHECK ")
    for kind, states in KINDS.items():
        allowed = await room.shop.database("inventory").fetch(
            f"""
            SELECT {columns} FROM (VALUES (-1), (0), (1)) AS a (on_hand_delta),
                (VALUES (-1), (0), (1)) AS b (reserved_delta), (VALUES (-1), (0), (1)) AS c (damaged_delta),
                (VALUES (-1), (0), (1)) AS d (quality_control_delta),
                (VALUES (-1), (0), (1)) AS e (incoming_delta), (VALUES (-1), (0), (1)) AS f (safety_stock_delta),
                (SELECT $1::text) AS g (kind) WHERE {condition}
            """,
            kind,
        )
        assert allowed, kind
        for index, state in enumerate(STATES):
            signs = {row[index] for row in allowed}
            may = {"+": {0, 1}, "-": {-1, 0}, "*": {-1, 0, 1}, None: {0}}[states.get(state)]
            assert signs <= may, (kind, state)
            if state in states:
                assert signs - {0}, (kind, state)


async def test_a_shop_allocates_by_its_rule(database_url: str) -> None:
    async with open_stockroom(database_url, TRADEWIND_INVENTORY_ALLOCATION_RULE="nearest") as room:
        for code, priority in (("BERLIN", 1), ("MUNICH", 2)):
            await room.warehouse(code, priority)
            await room.stock(code, CUP=5)
        near = {"items": [{"country": "DE", "postal_prefix": "8", "distance": 10}]}
        assert (await room.http.put("/v1/warehouses/MUNICH/regions", json=near)).status_code == 200
        lines = [StockLine("CUP", 2)]
        here = Destination("DE", postal_code="80331")
        found = await room.inventory.reserve(room.clock.new_id(), lines, None, here)
        assert found == Reserved([Allocation("CUP", "MUNICH", 2)])
        there = Destination("DE", postal_code="10115")
        assert await room.inventory.reserve(room.clock.new_id(), lines, None, there) == Reserved(
            [Allocation("CUP", "BERLIN", 2)]
        )


async def test_an_order_that_may_not_be_split_comes_from_one_warehouse(database_url: str) -> None:
    async with open_stockroom(database_url, TRADEWIND_INVENTORY_SPLIT_SHIPMENTS="false") as room:
        for code, cups, pots in (("A-WH", 5, 1), ("B-WH", 2, 2)):
            await room.warehouse(code)
            await room.stock(code, CUP=cups, POT=pots)
        assert await room.reserve(("CUP", 2), ("POT", 2)) == Reserved(
            [Allocation("CUP", "B-WH", 2), Allocation("POT", "B-WH", 2)]
        )
        assert isinstance(await room.reserve(("CUP", 1), ("POT", 2)), OutOfStock)
        assert isinstance(await room.reserve(("CUP", 5), ("POT", 1)), Reserved)


async def test_what_is_collected_comes_from_where_it_is_collected(room: Stockroom) -> None:
    await room.warehouse("STORE", 1)
    await room.warehouse("DEPOT", 2)
    await room.stock("STORE", CUP=2)
    await room.stock("DEPOT", CUP=9)
    lines = [StockLine("CUP", 1)]
    with pytest.raises(Invalid, match="pickup_unknown"):
        await room.inventory.reserve(room.clock.new_id(), lines, None, None, "DEPOT")
    await room.http.patch("/v1/warehouses/DEPOT", json={"pickup": True})
    answer = await room.inventory.reserve(room.clock.new_id(), lines, None, None, "DEPOT")
    assert answer == Reserved([Allocation("CUP", "DEPOT", 1)])
    many = await room.inventory.reserve(room.clock.new_id(), [StockLine("CUP", 10)], None, None, "DEPOT")
    assert many == OutOfStock([StockLine("CUP", 8)])
    points = (await room.http.get("/v1/pickup-points", params={"sku": "CUP"})).json()["items"]
    assert points == [
        {
            "code": "DEPOT",
            "name": "Depot",
            "country": "DE",
            "availability": [{"sku": "CUP", "available": 8}],
        }
    ]
    await policy(room, "CUP", sell_beyond="backorder", limit=5)
    (point,) = (await room.http.get("/v1/pickup-points", params={"sku": ["CUP", "JUG"]})).json()["items"]
    assert point["availability"] == [
        {"sku": "CUP", "available": 8, "beyond": {"kind": "backorder", "left": 5, "expected_at": None}},
        {"sku": "JUG", "available": 0},
    ]
