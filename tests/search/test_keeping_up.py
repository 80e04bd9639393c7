"""What is found is what there is: events late, twice and out of order; rebuilds; copies; what was kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.search.stall import Stall, open_stall
from tradewind.contracts.common import Address, Money
from tradewind.contracts.inventory import StockChanged
from tradewind.contracts.order import Buyer, OrderedLine, OrderPlaced, OrderTotals
from tradewind.contracts.product import ProductDocument, ProductUpdated
from tradewind.kernel.errors import Unavailable
from tradewind.services.search import jobs
from tradewind.services.search.events import on_order_placed, on_product_updated, on_stock_changed
from tradewind.services.search.jobs import weigh_sales
from tradewind.services.search.store import documents
from tradewind.services.search.use_cases.catch_up import catch_up
from tradewind.services.search.use_cases.rebuild_documents import rebuild_documents
from tradewind.services.search.use_cases.refresh_documents import refresh_documents


async def hear(stall: Stall, handler: Any, event: Any) -> None:
    async with stall.deps.db.begin() as tx:
        await handler(stall.deps, tx, event)


async def test_what_changes_is_found_as_it_is_now(stall: Stall) -> None:
    product_id = await stall.create("Kite", sku="KITE")
    await stall.settle()
    assert await stall.titles("kite") == ["Kite"]
    await stall.update(product_id, title="Dragon", description="It flies.")
    await stall.receive("KITE", 3)
    await stall.settle()
    assert await stall.titles("kite dragon") == await stall.titles("flies", in_stock="true") == ["Dragon"]
    assert (await stall.staff.post(f"/v1/products/{product_id}/archive")).is_success
    await stall.settle()
    assert (await stall.search("dragon"))["total"] == (await stall.search())["total"] == 0


async def test_late_and_repeated_events_never_bring_back_the_old(stall: Stall) -> None:
    product_id = await stall.create("Kite")
    await stall.update(product_id, title="Dragon")
    await stall.settle()
    for version in (1, 2, 1):
        await hear(stall, on_product_updated, ProductUpdated(UUID(product_id), "x", version))
        await stall.settle()
        assert (await stall.titles("dragon"), await stall.titles("kite")) == (["Dragon"], [])
    await hear(stall, on_stock_changed, StockChanged("unknown", 3))
    await hear(stall, on_product_updated, ProductUpdated(uuid4(), "of no product", 1))
    await stall.settle()


async def test_what_changes_while_it_is_asked_for_is_asked_for_again(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    product_id = await stall.create("Kite", sku="KITE")
    await stall.shop.deliver_events()
    asked = stall.deps.product.documents

    async def told_too_early(product_ids: list[UUID]) -> list[ProductDocument]:
        told: list[ProductDocument] = await asked(product_ids)
        monkeypatch.undo()
        await stall.update(product_id, title="Dragon")
        await stall.receive("KITE", 1)
        await stall.shop.deliver_events()
        return told

    monkeypatch.setattr(stall.deps.product, "documents", told_too_early)
    assert await refresh_documents(stall.deps) == 1
    await catch_up(stall.deps)
    assert await stall.titles("kite") == ["Kite"]
    await stall.settle()
    assert await stall.titles("dragon", in_stock="true") == ["Dragon"]


async def test_who_was_overtaken_writes_nothing(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    product_id = await stall.create("Kite")
    await stall.shop.deliver_events()
    asked = stall.deps.product.documents

    async def slow(product_ids: list[UUID]) -> list[ProductDocument]:
        told: list[ProductDocument] = await asked(product_ids)
        monkeypatch.undo()
        await stall.update(product_id, title="Dragon")
        await stall.deps.db.execute("UPDATE stale SET held_until = '-infinity'")  # it took longer than it may
        assert await refresh_documents(stall.deps) == 1
        return told

    monkeypatch.setattr(stall.deps.product, "documents", slow)
    await refresh_documents(stall.deps)
    await catch_up(stall.deps)
    assert (await stall.titles("kite"), await stall.titles("dragon")) == ([], ["Dragon"])


async def test_what_cannot_be_asked_now_is_asked_later(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    await stall.create("Kite")
    await stall.shop.deliver_events()

    async def away(skus: list[str]) -> Any:
        raise Unavailable("inventory_unavailable", "it is away")

    monkeypatch.setattr(stall.deps.inventory, "availability", away)
    with pytest.raises(Unavailable):
        await refresh_documents(stall.deps)
    monkeypatch.undo()
    await stall.settle()
    assert await stall.titles("kite") == ["Kite"]


async def test_who_is_stopped_while_writing_leaves_the_rest_to_others(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stall.create("Kite")
    await stall.shop.deliver_events()
    writing = asyncio.Event()

    async def slow(*_: Any) -> None:
        writing.set()
        await asyncio.sleep(60)

    monkeypatch.setattr(documents, "put", slow)
    stopped = asyncio.create_task(refresh_documents(stall.deps))
    await writing.wait()
    stopped.cancel()
    await asyncio.gather(stopped, return_exceptions=True)
    monkeypatch.undo()
    assert await refresh_documents(stall.deps) == 1, "at once, not when its time is over"


async def test_a_shop_from_before_the_search_is_found_without_events(stall: Stall) -> None:
    """Nobody told of them: they are asked for."""
    await stall.create("Kite")
    await stall.shop.database("product").execute("DELETE FROM outbox")
    await stall.settle()
    assert await stall.titles("kite") == ["Kite"]


async def test_a_rebuild_mends_what_was_damaged_and_searches_go_on(stall: Stall) -> None:
    for number in range(3):
        await stall.create(f"Kite {number}")
    await stall.settle()
    await stall.deps.db.execute(
        "UPDATE documents SET product = replace(convert_from(product, 'UTF8'), 'Kite', 'Cake')::bytea, version = 99"
    )
    stranger = "INSERT INTO documents SELECT $1, version, change + 1000, listed, product, '{}', in_stock, sold, now()"
    await stall.deps.db.execute(f"{stranger} FROM documents LIMIT 1", uuid4())
    await stall.deps.db.execute("UPDATE progress SET last_change = last_change + 2000")
    before = (await stall.staff.get("/v1/search/status")).json()
    answer = await stall.staff.post("/v1/search/rebuild")
    assert answer.status_code == 202
    moved: object = True
    while moved:
        assert (await stall.search("kite"))["total"] == 3, "the old index answers while the new one is built"
        moved = await rebuild_documents(stall.deps) or await refresh_documents(stall.deps)
    await catch_up(stall.deps)
    assert (await stall.search("kite"))["total"] == 3
    assert (await stall.search("cake"))["total"] == 0
    after = (await stall.staff.get("/v1/search/status")).json()
    assert (after["documents"], after["indexed"], after["lag"], after["rebuilding"]) == (3, 3, 0, False)
    assert after["built_at"] > before["built_at"]


async def test_a_second_process_has_a_copy_of_its_own_that_catches_up(
    stall: Stall, tmp_path: Path, database_url: str
) -> None:
    await stall.create("Kite")
    await stall.settle()
    async with open_stall(database_url, data=tmp_path) as other:  # the folder is held: a temporary one
        await catch_up(other.deps)
        assert await other.titles("kite") == ["Kite"]
        await stall.create("Second kite")
        await stall.settle()
        assert len(await other.titles("kite")) == 1
        assert await catch_up(other.deps) == 1
        assert [h["product_id"] for h in (await other.search("kite"))["hits"]] == [
            h["product_id"] for h in (await stall.search("kite"))["hits"]
        ]


async def test_a_kept_index_is_gone_on_with_and_a_broken_one_built_anew(
    database_url: str, tmp_path: Path
) -> None:
    async with open_stall(database_url, data=tmp_path) as stall:
        await stall.create("Kite")
        await stall.settle()
    async with open_stall(database_url, data=tmp_path) as stall:
        assert await catch_up(stall.deps) == 0
        assert await stall.titles("kite") == ["Kite"]
    held = tmp_path / "search-index" / "held.json"
    for damage in (b"{", held.read_bytes().replace(b"index-", b"other-")):
        held.write_bytes(damage)
        async with open_stall(database_url, data=tmp_path) as stall:
            assert await stall.titles("kite") == ["Kite"]
            assert len(list((tmp_path / "search-index").glob("index-*"))) == 1


async def test_what_sells_is_found_sooner(stall: Stall) -> None:
    made = [await stall.create("Kite") for _ in range(4)]
    await stall.settle()
    last = (await stall.search("kite"))["hits"][-1]["product_id"]
    assert last in made
    line = OrderedLine("KITE", UUID(last), "Kite", 40, 100, 4000)
    address = Address("Ada", "Torstr. 1", "Berlin", "DE")
    totals = OrderTotals(4000, 0, 0, 0, 4000)
    buyer = Buyer("ada@example.com", "Ada")
    placed = OrderPlaced(uuid4(), "1", buyer, Money(4000, "EUR"), totals, [line], address, "standard")
    await hear(stall, on_order_placed, placed)
    assert await weigh_sales(stall.deps) == "1 marked"
    assert await weigh_sales(stall.deps) == "1 marked", "until it is asked for"
    await stall.settle()
    assert await weigh_sales(stall.deps) is None
    assert (await stall.search("kite"))["hits"][0]["product_id"] == last


async def test_changes_of_two_processes_are_numbered_in_the_order_in_which_they_commit(
    stall: Stall, database_url: str
) -> None:
    """A reader that has a number has all below it, however the writers overlap."""
    for number in range(12):
        await stall.create(f"Kite {number}")
    await stall.shop.deliver_events()
    async with open_stall(database_url, environ={"TRADEWIND_SEARCH_REFRESH_BATCH_PRODUCTS": "1"}) as other:
        await catch_up(stall.deps)

        async def refresh(one: Stall) -> None:
            while await refresh_documents(one.deps):
                await asyncio.sleep(0)

        async def follow() -> None:
            while (await stall.search("kite"))["total"] < 12:
                await catch_up(stall.deps)

        async with asyncio.timeout(20):
            await asyncio.gather(refresh(other), refresh(other), follow())


async def test_who_was_slow_makes_no_newer_sku_unknown(stall: Stall) -> None:
    product_id = await stall.create("Kite", sku="OLD")
    await stall.settle()
    old = await stall.deps.product.documents([UUID(product_id)])
    variant = {"sku": "NEW", "prices": [{"currency": "EUR", "amount_minor": 1900}]}
    await stall.update(product_id, variants=[variant])
    await stall.settle()
    async with stall.deps.db.begin() as tx:
        await documents.know_skus(tx, old, stall.deps.clock.now())
    await stall.receive("NEW", 3)
    await stall.settle()
    assert await stall.titles("kite", in_stock="true") == ["Kite"]


async def test_work_without_end_outlives_what_nobody_thought_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PAUSE_SECONDS", 0.01)
    done, tried = asyncio.Event(), 0

    async def work() -> bool:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise LookupError("a bug")
        done.set()
        return False

    running = asyncio.create_task(jobs._forever("search_waits", work, asyncio.Event()))
    await asyncio.wait_for(done.wait(), 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
