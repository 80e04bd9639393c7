"""Races over what is special: nothing is oversold, nobody waits for what is free, nothing deadlocks."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine
from typing import Any
from uuid import UUID, uuid4

from tests.inventory.stockroom import Stockroom
from tests.inventory.test_backorders import policy, receive
from tests.inventory.test_races import at_once, outcomes
from tests.thoroughness import THOROUGH
from tradewind.contracts.inventory import Amended, OutOfStock, Reserved, ReturnedPiece, StockLine
from tradewind.services.inventory.store.holding import lock_shelves, open_shelves

TIMES = 1000 if THOROUGH else 200


async def test_last_pieces_with_two_lines_of_one_sku(room: Stockroom) -> None:
    """5 pieces, and buyers who each want 2 and 1 in two lines: one is served each time."""
    await room.warehouse("A-WH")
    await room.warehouse("B-WH")
    for turn in range(TIMES):
        sku = f"VASE-{turn}"
        await room.stock("A-WH", **{sku: 3})
        await room.stock("B-WH", **{sku: 2})
        answers = await at_once([room.reserve((sku, 2), (sku, 1)) for _ in range(3)])
        assert outcomes(answers) == {"Reserved": 1, "OutOfStock": 2}, sku
        assert await room.available(sku) == [2]


async def test_who_waited_for_shelves_holds_those_that_came_meanwhile_as_well(room: Stockroom) -> None:
    """Stock in a warehouse that comes first in the order of locks, and had none before."""
    await room.warehouse("A-WH")
    await room.warehouse("B-WH")
    await room.stock("B-WH", VASE=5)
    db, holds, may_end = room.shop.database("inventory"), asyncio.Event(), asyncio.Event()

    async def second() -> list[str]:
        async with db.begin() as tx:
            shelves = await lock_shelves(tx, ["VASE"])
            holds.set()
            await may_end.wait()
            return sorted(shelf.warehouse for shelf in shelves)

    async with db.begin() as tx:
        await open_shelves(tx, [("VASE", "A-WH")], room.clock.now())
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0.2)
        assert not holds.is_set(), "all of it is held by the first"
    await holds.wait()
    async with db.begin() as tx:
        free = "SELECT FROM stock WHERE sku = 'VASE' FOR NO KEY UPDATE SKIP LOCKED"
        assert await tx.execute(free) == 0
        may_end.set()
        assert await waiting == ["A-WH", "B-WH"]
        assert await tx.execute(free) == 2


async def test_who_opens_shelves_twice_and_who_opens_the_same_do_not_wait_for_one_another(
    room: Stockroom,
) -> None:
    """A transfer takes from one warehouse, then is expected in another, where an order is placed with a supplier."""
    await room.warehouse("A-WH")
    await room.warehouse("B-WH")
    await room.stock("A-WH", VASE=5)
    db, now = room.shop.database("inventory"), room.clock.now()

    async def place() -> None:
        async with db.begin() as tx:
            await open_shelves(tx, [("VASE", "B-WH")], now)

    async with db.begin() as tx:
        await open_shelves(tx, [("VASE", "A-WH")], now)
        placing = asyncio.create_task(place())
        while not await tx.value("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)
        await open_shelves(tx, [("VASE", "B-WH")], now)
    await placing
    assert await room.levels("VASE") == {"A-WH": (5, 0), "B-WH": (0, 0)}


async def test_back_orders_against_receipts(room: Stockroom) -> None:
    """Whatever comes first, in the end everybody has their pieces and the rest is free."""
    await room.warehouse("MAIN")
    for turn in range(TIMES // 8):
        sku = f"VASE-{turn}"
        await policy(room, sku, sell_beyond="backorder", limit=100)
        owners = [uuid4() for _ in range(4)]
        calls: list[Coroutine[Any, Any, Any]] = [room.reserve((sku, 2), owner_id=owner) for owner in owners]
        calls += [receive(room, sku, 3) for _ in range(3)]
        calls.append(room.inventory.release(owners[0]))
        random.shuffle(calls)
        await at_once(calls)
        assert await room.levels(sku) == {"MAIN": (9, 6)}, sku
        assert await room.available(sku) == [3], sku
    await room.verify()


async def test_bundles_against_their_parts(room: Stockroom) -> None:
    """10 cups: sets of 4 and single cups share them to the last one."""
    await room.warehouse("MAIN")
    for turn in range(TIMES // 8):
        cup, tea_set = f"CUP-{turn}", f"SET-{turn}"
        await room.stock("MAIN", **{cup: 10})
        await room.http.put(
            "/v1/stock/bundles", json={"sku": tea_set, "parts": [{"sku": cup, "quantity": 4}]}
        )
        wanted = [(tea_set, 1)] * 3 + [(cup, 1)] * 4
        random.shuffle(wanted)
        answers = await at_once([room.reserve(line) for line in wanted])
        served = Counter(line[0] for line, a in zip(wanted, answers, strict=True) if isinstance(a, Reserved))
        used = 4 * served[tea_set] + served[cup]
        assert await room.available(cup) == [10 - used], cup
        assert used in (8, 9, 10), (cup, served)
    await room.verify()


async def test_everything_special_at_once_never_deadlocks(room: Stockroom) -> None:
    """Reserve, amend, ship, return, release, receive, damage and close, over SKUs of every kind."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for code in ("A-WH", "B-WH"):
        await room.warehouse(code, chance.randint(0, 3))
        await room.stock(code, PLAIN=30, PART=30)
    await policy(room, "AWAITED", sell_beyond="backorder", limit=500)
    await policy(room, "MILK", tracking="lot", sell_beyond="backorder", limit=500)
    await room.http.put("/v1/stock/bundles", json={"sku": "SET", "parts": [{"sku": "PART", "quantity": 2}]})
    skus = ("PLAIN", "PART", "AWAITED", "MILK", "SET")

    async def live(owner: UUID) -> Any:
        lines = [StockLine(sku, chance.randint(1, 3)) for sku in chance.sample(skus, chance.randint(1, 4))]
        answer = await room.inventory.reserve(owner, lines, None)
        if isinstance(answer, Reserved):
            change = await room.inventory.amend(
                owner, uuid4(), [StockLine(chance.choice(skus), 1)], lines[:1]
            )
            assert isinstance(change, Amended | OutOfStock), change
            await room.inventory.ship(owner, uuid4(), lines[-1:])
            back = ReturnedPiece(lines[-1].sku, 1, "A-WH", chance.choice(("restock", "damaged")))
            await room.inventory.take_back(owner, uuid4(), [back])
        if chance.random() < 0.5:
            await room.inventory.release(owner)
        return answer

    async def stir() -> None:
        code = chance.choice(("A-WH", "B-WH"))
        await receive(room, "AWAITED", chance.randint(1, 9), code)
        await receive(room, "MILK", chance.randint(1, 9), code, lot=f"L-{chance.randint(1, 5)}")
        damage = {"sku": chance.choice(("PLAIN", "PART")), "warehouse": code, "kind": "damage"}
        answer = await room.http.post("/v1/stock/moves", json={**damage, "quantity": 1, "reason": "fell"})
        assert answer.status_code in (201, 409), answer.text

    async def shut() -> None:
        for active in (False, True):
            answer = await room.http.patch("/v1/warehouses/B-WH", json={"active": active})
            assert answer.status_code == 200, answer.text

    calls: list[Coroutine[Any, Any, Any]] = [live(uuid4()) for _ in range(TIMES // 2)]
    calls += [stir() for _ in range(TIMES // 10)] + [shut() for _ in range(3)]
    chance.shuffle(calls)
    answers = outcomes(await at_once(calls))
    assert answers["Reserved"], f"seed {seed}: {answers}"
    await room.verify()
