"""From staging into the analytics store, a batch at a time. What is done twice changes nothing, so that a crash
between the store and the database costs a repeat, and never an event.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from tradewind.kernel.telemetry import log
from tradewind.ports.analytics_store import AnalyticsStore, FactsRefused, StoreHeld, StoreUnavailable
from tradewind.ports.database import Database, DatabaseUnavailable
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.domain import fact_of_cart, facts_of_order, microseconds
from tradewind.services.analytics.store import history, holding, requests, staging

POLL_SECONDS: Final = 0.5  # reports do not wait for it: they load what is staged themselves
HELD_SECONDS: Final = 2.0  # between looks whether another process let go
EVENTS_AT_ONCE_BYTES: Final = 4_000_000
SUBJECTS_AT_ONCE: Final = 500
CHUNKS_AT_ONCE: Final = 8
COMPARED_AGAIN: Final = 5
REQUESTS_KEPT: Final = timedelta(days=1)


async def keep_loading(deps: Deps) -> None:
    """Until cancelled. The store is not opened before there is something for it, and idle costs one statement a
    round."""
    while True:
        pause = POLL_SECONDS
        try:
            staged, asked = await staging.waiting(deps.db)
            if staged:
                await load_staged(deps)
            elif asked:
                await answer_requests(deps)
            else:
                await deps.store.tidy()
        except StoreHeld as error:
            log.debug("analytics_store_held", reason=str(error))
            pause = HELD_SECONDS
        except (StoreUnavailable, DatabaseUnavailable) as error:
            log.warning("analytics_not_loaded", reason=str(error))
            pause = 1.0
        except Exception as error:  # noqa: BLE001 - what is staged stays staged: it is tried again
            log.error("analytics_loading_failed", exc_info=error)
            pause = 5.0
        await asyncio.sleep(pause)


async def load_staged(deps: Deps) -> int:
    """All that was acknowledged before this was called; how many batches, orders, carts and chunks.

    Raises StoreUnavailable, StoreHeld.
    """
    async with deps.store.loading:
        return await load_all(deps)


async def load_all(deps: Deps) -> int:
    """As load_staged, for who holds `store.loading` already."""
    store_id, empty = await deps.store.identity()
    await holding.hold(deps.db, store_id, deps.clock.now(), empty=empty)
    loaded, moved = 0, 1
    while moved:
        moved = await _load_events(deps)
        moved += await _load_orders(deps)
        moved += await _load_carts(deps)
        moved += await _load_history(deps)
        loaded += moved
    return loaded


async def _load_events(deps: Deps) -> int:
    rows = await staging.oldest_events(deps.db, EVENTS_AT_ONCE_BYTES)
    if not rows:
        return 0
    since = microseconds(min(row["received_at"] for row in rows))
    try:
        await deps.store.put_events([row["events"] for row in rows], since)
    except FactsRefused:
        taken = [
            row["batch_id"] for row in rows if await _taken_alone(deps, row["batch_id"], row["events"], since)
        ]
    else:
        taken = [row["batch_id"] for row in rows]
    await staging.forget_events(deps.db, taken)
    return len(rows)


async def _taken_alone(deps: Deps, batch_id: UUID, events: bytes, since: int) -> bool:
    """One batch that the store cannot read does not keep the others: it is set aside with the reason."""
    try:
        await deps.store.put_events([events], since)
    except FactsRefused as error:
        log.error("analytics_events_refused", batch_id=batch_id, reason=str(error))
        await staging.refuse_events(deps.db, batch_id, str(error))
        return False
    return True


async def _load_orders(deps: Deps) -> int:
    rows = await staging.unloaded(deps.db, "order", SUBJECTS_AT_ONCE)
    if rows:
        await put_orders(deps.db, deps.store, list({row["subject_id"] for row in rows}))
        await staging.mark_loaded(deps.db, [row["sequence"] for row in rows], deps.clock.now())
    return len(rows)


async def put_orders(db: Database, store: AnalyticsStore, order_ids: Sequence[UUID]) -> None:
    """All facts of these orders, out of all that was told of them."""
    told = await staging.records_of(db, "order", order_ids)
    facts = [facts_of_order(order_id, records) for order_id, records in told.items()]
    orders = [order for order, _ in facts if order is not None]
    lines = [line for _, of_order in facts for line in of_order]
    await store.put_orders(order_ids, msgspec.json.encode(orders), msgspec.json.encode(lines))


async def _load_carts(deps: Deps) -> int:
    rows = await staging.unloaded(deps.db, "cart", SUBJECTS_AT_ONCE)
    if rows:
        await put_carts(deps.db, deps.store, list({row["subject_id"] for row in rows}))
        await staging.mark_loaded(deps.db, [row["sequence"] for row in rows], deps.clock.now())
    return len(rows)


async def put_carts(db: Database, store: AnalyticsStore, cart_ids: Sequence[UUID]) -> None:
    told = await staging.records_of(db, "cart", cart_ids)
    facts = [fact_of_cart(cart_id, records) for cart_id, records in told.items()]
    await store.put_carts(cart_ids, msgspec.json.encode([fact for fact in facts if fact is not None]))


async def _load_history(deps: Deps) -> int:
    rows = await history.unloaded(deps.db, CHUNKS_AT_ONCE)
    for row in rows:
        await deps.store.put_history(row["chunk_id"], history.opened(row["lines"]))
        await history.mark_loaded(deps.db, row["chunk_id"], deps.clock.now())
    return len(rows)


async def answer_requests(deps: Deps) -> None:
    """What other processes asked: several that ask the same are answered together."""
    asked = await requests.open_ones(deps.db)
    for kind in ("rebuild", "check"):
        request_ids = [row["request_id"] for row in asked if row["kind"] == kind]
        if request_ids:
            differences = await compare(deps, mend=kind == "rebuild")
            await requests.finish(deps.db, request_ids, differences, deps.clock.now())
            await requests.forget_old(deps.db, deps.clock.now() - REQUESTS_KEPT)


async def compare(deps: Deps, *, mend: bool) -> list[str]:
    """How what reports see of orders, carts and histories differs from what the database makes of them anew.
    With `mend` reports see that from then on. What arrives meanwhile is no difference: it is compared again."""
    found: list[str] = []
    async with deps.store.loading:
        for _ in range(COMPARED_AGAIN):
            await load_all(deps)
            await _make_anew(deps)
            found = await deps.store.differences()
            if not found or not await staging.anything(deps.db):
                break
        if mend:
            await deps.store.switch()
    return found


async def _make_anew(deps: Deps) -> None:
    anew = await deps.store.rebuilding()
    for subject, put in (("order", put_orders), ("cart", put_carts)):
        after: UUID | None = None
        while ids := await staging.subjects_after(deps.db, subject, after, SUBJECTS_AT_ONCE):
            await put(deps.db, anew, ids)
            after = ids[-1]
    last: UUID | None = None
    while rows := await history.after(deps.db, last, CHUNKS_AT_ONCE):
        for row in rows:
            await anew.put_history(row["chunk_id"], history.opened(row["lines"]))
        last = rows[-1]["chunk_id"]
