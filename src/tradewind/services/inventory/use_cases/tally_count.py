"""Somebody counted. Each SKU is compared with what the ledger said at the moment of counting, so that what is sold
or received meanwhile falsifies nothing; who counts is not told."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Transaction
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import CYCLE_COUNTS
from tradewind.services.inventory.queries import counts as queries
from tradewind.services.inventory.shapes.counts import CycleCount, Tally
from tradewind.services.inventory.store import counts, documents
from tradewind.services.inventory.store.counts import Counted, Header, Line

LONGEST_AGO = timedelta(days=1)


async def tally_count(deps: Deps, count_id: UUID, command: Tally, actor: str, once: Once) -> CycleCount:
    """A difference above the tolerance is to be counted once more. With the last line counted, it is in review.

    Raises NotFound; Conflict: state_conflict, counted_already; Invalid: sku_not_in_count, sku_repeated,
    time_not_recent.
    """
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        at = _moment(command.counted_at, now)
        was = await documents.lock(tx, CYCLE_COUNTS, count_id)
        if was not in ("planned", "counting"):
            raise Conflict("state_conflict", f"it is {was}: nothing of it is counted", details={"state": was})
        lines = await counts.lines(tx, count_id)
        wanted = _wanted(lines, command)
        header = await counts.header(tx, count_id)
        expected = await counts.lock_on_hand(tx, header.warehouse, sorted(wanted), at)
        counted = [
            Counted(sku, number, expected[sku], _state(header, lines[sku], number, expected[sku]))
            for sku, number in sorted(wanted.items())
        ]
        await counts.tally(tx, count_id, counted, actor, at)
        await _move(tx, count_id, was, actor, now)
        return await once.answer(tx, await queries.cycle_count(tx, count_id))


def _moment(counted_at: datetime | None, now: datetime) -> datetime:
    if counted_at is None:
        return now
    if not now - LONGEST_AGO <= counted_at <= now:
        raise Invalid("time_not_recent", "it was counted within the last day", field="counted_at")
    return counted_at


def _wanted(lines: dict[str, Line], command: Tally) -> dict[str, int]:
    wanted: dict[str, int] = {}
    for index, line in enumerate(command.lines):
        field = f"lines[{index}].sku"
        if line.sku not in lines:
            raise Invalid("sku_not_in_count", f"{line.sku} is not part of this count", field=field)
        if line.sku in wanted:
            raise Invalid("sku_repeated", f"name {line.sku} in one line", field=field)
        if lines[line.sku].state == "counted":
            raise Conflict("counted_already", f"{line.sku} was counted", field=field)
        wanted[line.sku] = line.counted
    return wanted


def _state(header: Header, line: Line, counted: int, expected: int) -> str:
    """A second count stands, whatever it says: then a person looks at it."""
    allowed = max(header.tolerance_pieces, expected * header.tolerance_basis_points // 10_000)
    return "recount" if line.attempts == 0 and abs(counted - expected) > allowed else "counted"


async def _move(tx: Transaction, count_id: UUID, was: str, actor: str, now: datetime) -> None:
    left = [line for line in (await counts.lines(tx, count_id)).values() if line.state != "counted"]
    if not left:
        await documents.move(tx, CYCLE_COUNTS, count_id, was, "review", actor, now)
    elif was == "planned":
        await documents.move(tx, CYCLE_COUNTS, count_id, was, "counting", actor, now)
