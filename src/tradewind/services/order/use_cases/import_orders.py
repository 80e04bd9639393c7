"""The orders of another system come in, as a history: nothing is held, charged, mailed or told for them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from uuid import NAMESPACE_OID, UUID, uuid5

from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Transaction
from tradewind.services.order.deps import Deps
from tradewind.services.order.importing.rendering import rendered
from tradewind.services.order.importing.rows import Read, Refused, UnreadableFile, read_csv, read_jsonl
from tradewind.services.order.shapes.imports import (
    MOST_IMPORTED_ORDERS,
    OrderImport,
    OrderImportQuery,
    RowError,
)
from tradewind.services.order.store import imports

ORDERS_AT_ONCE = 250


async def import_orders(
    deps: Deps, caller: Principal, body: bytes, query: OrderImportQuery, once: Once
) -> OrderImport:
    """Each order is taken, was known by (source, external id), or is named with what is wrong in it. A chunk of
    orders a transaction, counted with it: after an interruption the same request goes on behind the last chunk, and
    any other that brings the same orders finds them known.

    Raises Invalid(file_unreadable), Invalid(file_empty), Invalid(too_many_orders), NotFound(import_not_found),
    Conflict(other_source).
    """
    total = _counted(deps, body, query)
    import_id = query.import_id or (
        uuid5(NAMESPACE_OID, f"order import {once.scope} {once.key}") if once.key else deps.clock.new_id()
    )
    begun = await _begin(deps, caller, import_id, query, once)
    done_before = 0 if query.import_id else begun.received
    rows = islice(_read(deps, body, query), done_before, None)
    number = begun.received
    while chunk := list(islice(rows, ORDERS_AT_ONCE)):
        await _take(deps, caller, import_id, query.source, chunk, number)
        number += len(chunk)
    assert number - begun.received + done_before == total, "both readings are of the same body"
    async with deps.db.begin() as tx:
        await imports.finish(tx, import_id, deps.clock.now())
        finished = await imports.load(tx, import_id)
        assert finished is not None, "imports are never deleted"
        return await once.complete(tx, finished)


def _read(deps: Deps, body: bytes, query: OrderImportQuery) -> Iterator[Read]:
    now = deps.clock.now()
    return read_csv(body, now) if query.format == "csv" else read_jsonl(body, now)


def _counted(deps: Deps, body: bytes, query: OrderImportQuery) -> int:
    """Read once to its end before anything is written, an order at a time."""
    try:
        total = sum(1 for _ in islice(_read(deps, body, query), MOST_IMPORTED_ORDERS + 1))
    except UnreadableFile as error:
        raise Invalid("file_unreadable", str(error), field="body") from error
    if total == 0:
        raise Invalid("file_empty", "there is no order in it", field="body")
    if total > MOST_IMPORTED_ORDERS:
        message = f"send at most {MOST_IMPORTED_ORDERS} orders at once, and go on by import_id"
        raise Invalid("too_many_orders", message, field="body")
    return total


async def _begin(
    deps: Deps, caller: Principal, import_id: UUID, query: OrderImportQuery, once: Once
) -> OrderImport:
    async with deps.db.begin() as tx:
        await once.claim(tx)
        known = await imports.load(tx, import_id)
        if known is None and query.import_id is not None:
            raise NotFound("import_not_found", "there is no such import")
        if known is not None and known.source != query.source:
            raise Conflict("other_source", f"this import is of {known.source}", field="source")
        await imports.begin(tx, import_id, query.source, caller.name, deps.clock.now())
        begun = await imports.load(tx, import_id)
        assert begun is not None, "just begun"
        return begun


async def _take(
    deps: Deps, caller: Principal, import_id: UUID, source: str, chunk: list[Read], before: int
) -> None:
    """`before` so many rows came earlier."""
    now = deps.clock.now()
    wrong = [
        RowError(row, it.external_id, it.field, it.code, it.message)
        for row, it in enumerate(chunk, start=before + 1)
        if isinstance(it, Refused)
    ]
    good = {
        it.external_id: (row, rendered(source, it, now))
        for row, it in reversed(list(enumerate(chunk, start=before + 1)))
        if not isinstance(it, Refused)
    }
    ordered = [good[external_id][1] for external_id in sorted(good)]
    async with deps.db.begin() as tx:
        created, taken = await _insert(tx, source, ordered, caller)
        wrong += [_number_taken(external_id, *good[external_id]) for external_id in sorted(taken)]
        if wrong:
            await imports.keep_errors(tx, import_id, wrong)
        await imports.count(tx, import_id, len(chunk), created, len(wrong), now)


async def _insert(
    tx: Transaction, source: str, ordered: list[dict[str, object]], caller: Principal
) -> tuple[int, set[str]]:
    if not ordered:
        return 0, set()
    new, taken = await imports.insert_orders(tx, source, ordered, caller.name)
    return len(new), taken


def _number_taken(external_id: str, row: int, order: dict[str, object]) -> RowError:
    message = f"another order has the number {order['number']}: give one of its own"
    return RowError(row, external_id, "number", "number_taken", message)
