"""Somebody counted. Each SKU, or each of its lots, is compared with what the ledger said at the moment of counting, so
that what is sold or received meanwhile falsifies nothing; who counts is not told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Transaction
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import CYCLE_COUNTS
from tradewind.services.inventory.moving import lot_required, serial_one_piece
from tradewind.services.inventory.queries import counts as queries
from tradewind.services.inventory.shapes.counts import CycleCount, Tally, TallyLine
from tradewind.services.inventory.store import counts, documents, policies
from tradewind.services.inventory.store.counts import Counted, Header, Key, Line

LONGEST_AGO = timedelta(days=1)


async def tally_count(deps: Deps, count_id: UUID, command: Tally, actor: str, once: Once) -> CycleCount:
    """A difference above the tolerance is to be counted once more. With the last line counted, it is in review.

    Raises NotFound; Conflict: state_conflict, counted_already; Invalid: sku_not_in_count, sku_repeated,
    lot_required, lot_not_tracked, serial_one_piece, time_not_recent.
    """
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        at = _moment(command.counted_at, now)
        was = await documents.lock(tx, CYCLE_COUNTS, count_id)
        if was not in ("planned", "counting"):
            raise Conflict("state_conflict", f"it is {was}: nothing of it is counted", details={"state": was})
        header, lines = await counts.header(tx, count_id), await counts.lines(tx, count_id)
        known = await policies.load(tx, sorted({line.sku for line in command.lines}))
        tracking = {sku: policy.tracking for sku, policy in known.items() if policy.tracking != "none"}
        wanted = _wanted(header, lines, tracking, command)
        found = {key: one.expires_on for key, one in wanted.items() if key not in lines}
        await counts.add_lines(tx, count_id, found)
        expected = await counts.lock_expected(tx, header, wanted, tracking, at)
        counted = [
            Counted(
                *key, one.counted, expected[key], _state(header, lines.get(key), one.counted, expected[key])
            )
            for key, one in sorted(wanted.items())
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


def _wanted(
    header: Header, lines: Mapping[Key, Line], tracking: Mapping[str, str], command: Tally
) -> dict[Key, TallyLine]:
    skus = {sku for sku, _ in lines}
    wanted: dict[Key, TallyLine] = {}
    for index, one in enumerate(command.lines):
        field, key = f"lines[{index}].", (one.sku, one.lot or "")
        if one.sku not in skus:
            raise Invalid("sku_not_in_count", f"{one.sku} is not part of this count", field=f"{field}sku")
        if key in wanted:
            raise Invalid("sku_repeated", f"name {' '.join(key).strip()} in one line", field=f"{field}sku")
        _check_lot(header, lines, tracking.get(one.sku), one, field)
        if key in lines and lines[key].state == "counted":
            raise Conflict("counted_already", f"{' '.join(key).strip()} was counted", field=f"{field}sku")
        wanted[key] = one
    return wanted


def _check_lot(
    header: Header, lines: Mapping[Key, Line], tracking: str | None, one: TallyLine, field: str
) -> None:
    """A line without a lot, of a SKU that is kept by lot, is of none: nothing is there."""
    if tracking is None:
        if one.lot is not None:
            message = f"{one.sku} is not kept by lot: leave the lot out"
            raise Invalid("lot_not_tracked", message, field=f"{field}lot")
        return
    if one.lot is None and (one.counted or (one.sku, "") not in lines):
        raise lot_required(one.sku, f"{field}lot")
    if one.lot is not None and header.zone is not None:
        message = f"bins do not know lots: count {one.sku} by its name, not by zone"
        raise Invalid("sku_not_in_count", message, field=f"{field}lot")
    if tracking == "serial" and one.counted > 1:
        raise serial_one_piece(one.sku, f"{field}counted")


def _state(header: Header, line: Line | None, counted: int, expected: int) -> str:
    """A second count stands, whatever it says: then a person looks at it."""
    allowed = max(header.tolerance_pieces, expected * header.tolerance_basis_points // 10_000)
    first = line is None or line.attempts == 0
    return "recount" if first and abs(counted - expected) > allowed else "counted"


async def _move(tx: Transaction, count_id: UUID, was: str, actor: str, now: datetime) -> None:
    left = [line for line in (await counts.lines(tx, count_id)).values() if line.state != "counted"]
    if not left:
        await documents.move(tx, CYCLE_COUNTS, count_id, was, "review", actor, now)
    elif was == "planned":
        await documents.move(tx, CYCLE_COUNTS, count_id, was, "counting", actor, now)
