"""A file of stock is taken in: a stock take, a delivery, corrections. All of its lines or none."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import msgspec

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import CheckViolation, Transaction, UniqueViolation
from tradewind.services.inventory.approving import is_limited, needs_approval
from tradewind.services.inventory.arriving import take_in
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.moving import move_in
from tradewind.services.inventory.reading import read_lines
from tradewind.services.inventory.shapes import ReceiptLine
from tradewind.services.inventory.shapes.stock_files import (
    MOST_PROBLEMS,
    FileLine,
    FileProblem,
    StockFileQuery,
    StockFileReport,
)
from tradewind.services.inventory.store import adjustments, holding, lots, policies, references, stock_files
from tradewind.services.inventory.store.adjustments import Cost

KINDS = {"count": "count", "receive": "receive", "adjust": "adjust"}


class _OnlyTried(Exception):
    """Carries the report of a dry run out of the transaction, which it rolls back."""

    def __init__(self, report: StockFileReport) -> None:
        super().__init__("tried")
        self.report = report


async def import_stock(
    deps: Deps, query: StockFileQuery, content: bytes, actor: str, once: Once
) -> StockFileReport:
    """Once a reference: the same file again is answered as the first time, and that it was. A file with problems is not
    remembered.

    Raises Invalid(file_invalid); Conflict: file_exists for another file under a known reference, receipt_exists,
    on_hand_too_large.
    """
    digest = hashlib.sha256(f"{query.mode}\n{query.warehouse}\n".encode() + content).digest()
    lines, problems = read_lines(content, query.mode, query.warehouse)
    try:
        async with deps.db.begin() as tx:
            report = await _known(tx, query, digest)
            if report is None:
                report = await _take_in(deps, tx, query, lines, problems, actor)
                if query.dry_run:
                    raise _OnlyTried(report)
                if report.applied:
                    text = msgspec.json.encode(report).decode()
                    await stock_files.add(tx, query.reference, digest, text, actor, report.at)
            return await once.answer(tx, report)
    except _OnlyTried as tried:
        async with deps.db.begin() as tx:
            return await once.answer(tx, tried.report)
    except CheckViolation as violation:
        if violation.constraint not in ("stock_on_hand_range", "stock_states_range"):
            raise
        raise Conflict("on_hand_too_large", "more would be on hand than the books can hold") from violation
    except UniqueViolation as violation:
        if violation.constraint == "receipts_pkey":
            message = "a delivery of this reference was received"
            raise Conflict("receipt_exists", message, field="reference") from violation
        if violation.constraint != "stock_files_pkey":
            raise
        raise Conflict(
            "request_in_flight", "this file is being taken in: ask again in a moment", field="reference"
        ) from violation


async def _known(tx: Transaction, query: StockFileQuery, digest: bytes) -> StockFileReport | None:
    before = await stock_files.before(tx, query.reference)
    if before is None:
        return None
    if before[0] != digest:
        message = "another file was taken in under this reference: use another"
        raise Conflict("file_exists", message, field="reference")
    report = msgspec.json.decode(before[1], type=StockFileReport)
    return msgspec.structs.replace(report, taken_before=True)


async def _take_in(
    deps: Deps,
    tx: Transaction,
    query: StockFileQuery,
    lines: list[FileLine],
    problems: list[FileProblem],
    actor: str,
) -> StockFileReport:
    now = deps.clock.now()
    warehouses = await stock_files.known_warehouses(tx)
    problems += [
        FileProblem(line.line, "warehouse", "warehouse_unknown", f"there is no warehouse {line.warehouse}")
        for line in lines
        if line.warehouse not in warehouses
    ]
    if not query.new_skus:
        problems += await _unknown(tx, lines)
    moves: list[Move] = []
    if not problems:
        moves, problems = await _moves(deps, tx, query, lines)
    if not problems and moves:
        try:
            await _apply(deps, tx, query, moves, actor, now)
        except Invalid as wrong:  # of a lot: told by its place among the moves
            problems = [FileProblem(_line_of(wrong, moves, lines), "lot", wrong.code, wrong.message)]
    if problems and moves:
        raise _OnlyTried(_report(query, lines, 0, problems, now))
    return _report(query, lines, 0 if problems else len(moves), problems, now)


async def _unknown(tx: Transaction, lines: list[FileLine]) -> list[FileProblem]:
    """A mistyped SKU would become stock of its own, that nobody sells."""
    unknown = await stock_files.unknown(tx, sorted({line.sku for line in lines}))
    return [
        FileProblem(
            line.line,
            "sku",
            "sku_unknown",
            f"the inventory has never known {line.sku}: "
            + (f"is it {unknown[line.sku]}? Correct it" if unknown[line.sku] else "correct it")
            + ", or send new_skus=true where all such SKUs are new, as in a shop's first file",
            line.sku,
            unknown[line.sku],
        )
        for line in lines
        if line.sku in unknown
    ]


def _line_of(wrong: Invalid, moves: list[Move], lines: list[FileLine]) -> int:
    index = int((wrong.field or "lines[0]").partition("[")[2].partition("]")[0] or 0)
    move = moves[index]
    return next(
        one.line for one in lines if (one.sku, one.warehouse, one.lot) == (move.sku, move.warehouse, move.lot)
    )


def _report(
    query: StockFileQuery, lines: list[FileLine], changed: int, problems: list[FileProblem], now: datetime
) -> StockFileReport:
    problems = sorted(problems, key=lambda one: one.line)
    count = len({one.line for one in problems} | {one.line for one in lines})
    applied = not problems and not query.dry_run
    return StockFileReport(
        query.reference,
        query.mode,
        query.dry_run,
        count,
        changed,
        applied,
        len(problems),
        problems[:MOST_PROBLEMS],
        now,
    )


async def _moves(
    deps: Deps, tx: Transaction, query: StockFileQuery, lines: list[FileLine]
) -> tuple[list[Move], list[FileProblem]]:
    """What changes, from stock that is locked; and what cannot."""
    skus = sorted({line.sku for line in lines})
    await policies.lock(tx, skus)
    await holding.lock_shelves(tx, skus)
    there = await stock_files.on_hand(tx, lines)
    days = await lots.expiries(tx, skus)
    limited = await _limited(deps, tx, query, lines, skus)
    moves: list[Move] = []
    problems: list[FileProblem] = []
    for line in lines:
        on_hand, reserved = there.get((line.sku, line.warehouse, line.lot), (0, 0))
        delta = line.quantity - on_hand if query.mode == "count" else line.quantity
        if delta < 0 and on_hand + delta < reserved:
            message = f"{on_hand} are on hand and {reserved} of them reserved"
            problems.append(FileProblem(line.line, "quantity", "below_reserved", message))
        elif (day := days.get((line.sku, line.warehouse, line.lot or ""))) not in (
            None,
            line.expires_on or day,
        ):
            message = f"{line.lot} expires on {day}: leave the day out, or put it right first"
            problems.append(FileProblem(line.line, "expires_on", "expiry_differs", message))
        elif limited is not None and limited.refuses(line, delta):
            message = "this is above what one person adjusts: ask for it with an adjustment request"
            problems.append(FileProblem(line.line, "quantity", "approval_needed", message, line.sku))
        elif delta:
            moves.append(
                Move(line.sku, line.warehouse, on_hand=delta, lot=line.lot, expires_on=line.expires_on)
            )
    return moves, problems


@dataclass(frozen=True)
class _Limited:
    """What one person adjusts by a file. The first count of a SKU in a warehouse is free: there is nothing that it
    could hide."""

    deps: Deps
    costs: dict[str, Cost]
    known: set[tuple[str, str]]

    def refuses(self, line: FileLine, delta: int) -> bool:
        if (line.sku, line.warehouse) not in self.known:
            return False
        cost = self.costs.get(line.sku)
        return needs_approval(self.deps, delta, None if cost is None else cost.of(delta))


async def _limited(
    deps: Deps, tx: Transaction, query: StockFileQuery, lines: list[FileLine], skus: list[str]
) -> _Limited | None:
    """None where nothing is limited, as of a delivery."""
    if query.mode == "receive" or not is_limited(deps):
        return None
    known = {(line.sku, line.warehouse) for line in lines}
    if query.mode == "count":
        known = await stock_files.moved(tx, skus)
    return _Limited(deps, await adjustments.costs(tx, skus), known)


async def _apply(
    deps: Deps, tx: Transaction, query: StockFileQuery, moves: list[Move], actor: str, now: datetime
) -> None:
    cause = Cause(KINDS[query.mode], "from a file", actor, query.reference)
    if query.mode == "receive":
        received = [ReceiptLine(m.sku, m.warehouse, m.on_hand, m.lot, m.expires_on) for m in moves]
        text = msgspec.json.encode(received).decode()
        await references.add_receipt(tx, query.reference, text, actor, now)
        await take_in(deps, tx, moves, cause, now)
    else:
        short = await move_in(deps, tx, moves, cause, now)
        assert not short, "it was checked under the same locks"
