"""A processor's settlement file is taken in: each line told against what we have, fees and payouts posted."""

from __future__ import annotations

import hashlib
from typing import get_args
from uuid import UUID

import msgspec

from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Transaction
from tradewind.ports.settlement import (
    SettlementColumns,
    SettlementKind,
    SettlementLine,
    SettlementUnreadable,
)
from tradewind.services.payment import listings_settlements
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.reconciling import Judged, judge
from tradewind.services.payment.shapes.settlements import SettlementQuery, SettlementShown
from tradewind.services.payment.store import ledger, settlements


async def take_settlement(
    deps: Deps, actor: str, query: SettlementQuery, content: bytes, once: Once
) -> SettlementShown:
    """Whole or not at all. The same file again is answered as it was taken in; a line that stood in another file to
    the cent is not counted again. Raises Invalid: processor_unknown, kinds_invalid, and settlement_file_invalid,
    whose `details.problems` are the lines and fields that are wrong."""
    if query.processor not in deps.gateways.names:
        there = ", ".join(deps.gateways.names)
        raise Invalid("processor_unknown", f"one of these: {there}", field="processor")
    lines = _read(deps, query, content)
    # What the columns are called is part of what a file says.
    meaning = b"" if query.columns == "processor" else msgspec.json.encode(_columns(query))
    digest = hashlib.sha256(meaning + content).digest()
    async with deps.db.begin() as tx:
        await settlements.lock(tx, query.processor)
        settlement_id = await settlements.taken(tx, query.processor, digest)
        if settlement_id is None:
            settlement_id = deps.clock.new_id()
            judged = judge(lines, await settlements.books(tx, query.processor, lines))
            await settlements.insert(
                tx,
                settlement_id,
                query.processor,
                query.columns,
                digest,
                query.file_name,
                judged,
                actor,
                deps.clock.now(),
            )
            await _follow(deps, tx, settlement_id, query.processor, judged)
        shown = await listings_settlements.settlement_shown(tx, settlement_id)
        assert shown is not None, "it was just read or written"
        return await once.answer(tx, shown)


async def _follow(
    deps: Deps, tx: Transaction, settlement_id: UUID, processor: str, judged: list[Judged]
) -> None:
    now = deps.clock.now()
    for one in judged:
        if one.state == "exception":
            await settlements.insert_exception(tx, deps.clock.new_id(), settlement_id, processor, one, now)
        if one.state == "matched" and one.entries:
            await ledger.post(
                tx,
                f"settlement-{settlement_id}-{one.line.number}",
                one.entries,
                one.line.currency,
                now,
                order_id=one.order_id,
                processor=processor,
            )
    come = [one.operation for one in judged if one.operation is not None]
    await settlements.close_missing(tx, come, now)


def _read(deps: Deps, query: SettlementQuery, content: bytes) -> list[SettlementLine]:
    columns = None if query.columns == "processor" else _columns(query)
    try:
        return deps.gateways.named(query.processor).read_settlement(content, columns)
    except SettlementUnreadable as unreadable:
        first = unreadable.problems[0]
        where = f"line {first.line}, {first.field}: " if first.line else f"{first.field}: "
        raise Invalid(
            "settlement_file_invalid",
            where + first.message,
            field="body",
            details={
                "problems": [
                    {"line": one.line, "field": one.field, "code": one.code, "message": one.message}
                    for one in unreadable.problems
                ]
            },
        ) from unreadable


def _columns(query: SettlementQuery) -> SettlementColumns:
    kinds: dict[str, SettlementKind] = {}
    known = {kind: kind for kind in get_args(SettlementKind)}
    for pair in filter(None, (one.strip() for one in query.kinds.split(","))):
        word, _, kind = pair.rpartition(":")
        if not word or kind.strip() not in known:
            raise Invalid("kinds_invalid", f"such as Sale:capture, of {', '.join(known)}", field="kinds")
        kinds[word.strip()] = known[kind.strip()]
    return SettlementColumns(
        query.kind_column,
        query.reference_column,
        query.amount_column,
        query.currency_column,
        query.day_column,
        query.fee_column,
        query.payout_column,
        query.key_column,
        kinds,
    )
