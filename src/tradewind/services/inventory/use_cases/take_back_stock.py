"""Shipped pieces come back: never more than were shipped, each into the state that it came back in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradewind.contracts.inventory import NotShipped, ReturnedPiece, StockLine, TakenBack
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.ports.database import Transaction, UniqueViolation
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import SERVICE_ACTOR, Cause, summed
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.moving import move_in
from tradewind.services.inventory.store import bundles, holdings, reservations, returns
from tradewind.services.inventory.store.holdings import HeldBundle
from tradewind.services.inventory.store.returns import Out
from tradewind.services.inventory.store.stock import UnknownWarehouses


class _TooMuch(Exception):
    def __init__(self, short: list[StockLine]) -> None:
        super().__init__("more than is out")
        self.short = short


async def take_back_stock(
    deps: Deps, owner_id: UUID, return_id: UUID, lines: list[ReturnedPiece]
) -> TakenBack | NotShipped:
    """All lines or nothing. Raises Invalid(warehouse_unknown), Conflict: return_of_another, serial_exists."""
    summed([StockLine(line.sku, line.quantity) for line in lines])
    try:
        async with deps.db.begin() as tx:
            return await _take_back(deps, tx, owner_id, return_id, lines)
    except UnknownWarehouses as unknown:
        code = unknown.codes[0]
        index = next(i for i, line in enumerate(lines) if line.warehouse == code)
        raise Invalid(
            "warehouse_unknown", f"there is no warehouse {code}", field=f"lines[{index}].warehouse"
        ) from unknown
    except UniqueViolation as violation:
        if violation.constraint != "returns_pkey":
            raise
        raise _of_another() from violation


async def _take_back(
    deps: Deps, tx: Transaction, owner_id: UUID, return_id: UUID, lines: Sequence[ReturnedPiece]
) -> TakenBack | NotShipped:
    known = await reservations.lock(tx, owner_id)
    before = await returns.kept(tx, return_id)
    if before is not None:
        if before[0] != owner_id:
            raise _of_another()
        return msgspec.json.decode(before[1], type=TakenBack)
    if known is None:
        return NotShipped([StockLine(sku, 0) for sku in sorted({line.sku for line in lines})])
    held = (await holdings.load(tx, owner_id)).bundles
    try:
        pieces = _chosen(lines, held, await returns.out(tx, owner_id))
    except _TooMuch as too_much:
        return NotShipped(too_much.short)
    now = deps.clock.now()
    for sku, quantity in sorted(_of_bundles(lines, held).items()):
        await bundles.draw(tx, owner_id, sku, returned=quantity)
    cause = Cause("return", "", SERVICE_ACTOR, str(return_id))
    short = await move_in(deps, tx, [_move(piece) for piece in pieces], cause, now)
    assert not short, "a return only adds"
    gone = [_move(piece, -1) for piece in pieces if piece.condition == "written_off"]
    if gone:
        written_off = Cause("write_off", "returned", SERVICE_ACTOR, str(return_id))
        assert not await move_in(deps, tx, gone, written_off, now), "just taken in"
    answer = TakenBack(list(lines))
    await returns.keep(tx, return_id, owner_id, pieces, msgspec.json.encode(answer), now)
    return answer


def _of_bundles(lines: Sequence[ReturnedPiece], held: dict[str, HeldBundle]) -> Counter[str]:
    back: Counter[str] = Counter()
    for line in lines:
        if line.sku in held:
            back[line.sku] += line.quantity
    return back


def _chosen(
    lines: Sequence[ReturnedPiece], held: dict[str, HeldBundle], outside: Sequence[Out]
) -> list[ReturnedPiece]:
    """The pieces by lot, bundles taken apart. Raises _TooMuch."""
    short = [
        StockLine(sku, held[sku].out)
        for sku, quantity in sorted(_of_bundles(lines, held).items())
        if quantity > held[sku].out
    ]
    left = {(out.sku, out.lot): out.quantity for out in outside}
    chosen: list[ReturnedPiece] = []
    for line in lines:
        parts = held[line.sku].parts if line.sku in held else {line.sku: 1}
        for sku, each in parts.items():
            wanted = each * line.quantity
            for key in [key for key in left if key[0] == sku and line.lot in (None, key[1])]:
                quantity = min(wanted, left[key])
                if quantity:
                    left[key] -= quantity
                    wanted -= quantity
                    chosen.append(msgspec.structs.replace(line, sku=sku, quantity=quantity, lot=key[1]))
            if wanted and not any(one.sku == line.sku for one in short):
                there = sum(o.quantity for o in outside if o.sku == sku and line.lot in (None, o.lot))
                short.append(StockLine(line.sku, there // each))
    if short:
        raise _TooMuch(short)
    return chosen


def _move(piece: ReturnedPiece, sign: int = 1) -> Move:
    """What is written off is taken in as damaged first, so that the ledger tells of both."""
    quantity = sign * piece.quantity
    if piece.condition == "restock":
        return Move(piece.sku, piece.warehouse, on_hand=quantity, lot=piece.lot)
    if piece.condition == "quality_control":
        return Move(piece.sku, piece.warehouse, quality_control=quantity, lot=piece.lot)
    return Move(piece.sku, piece.warehouse, damaged=quantity, lot=piece.lot)


def _of_another() -> Conflict:
    return Conflict(
        "return_of_another",
        "this return_id was used for another owner: use a new one for each return",
        field="return_id",
    )
