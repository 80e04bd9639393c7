"""Pieces go into bins and out of them, within the warehouse: what is on hand stays the same."""

from __future__ import annotations

from datetime import datetime

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.ports.database import Transaction
from tradewind.services.inventory.shapes.bins import BinMove
from tradewind.services.inventory.store import bins
from tradewind.services.inventory.store.bins import Shift


async def place(tx: Transaction, move: BinMove, kind: str, actor: str, now: datetime) -> None:
    """Raises Invalid: bin_unknown, same_bin; Conflict: not_in_bin, not_unplaced, bin_inactive, bin_full."""
    if move.from_bin == move.to_bin:
        raise Invalid("same_bin", "name two different places", field="to_bin")
    unplaced = await bins.lock_unplaced(tx, move.warehouse, move.sku)
    if move.from_bin is None and move.quantity > unplaced:
        message = f"{max(unplaced, 0)} of {move.sku} are in no bin"
        raise Conflict("not_unplaced", message, field="quantity", details={"unplaced": max(unplaced, 0)})
    for field, code in sorted(
        (("from_bin", move.from_bin), ("to_bin", move.to_bin)), key=lambda p: p[1] or ""
    ):
        if code is not None:
            await _check(tx, move, field, code)
    shifts = []
    if move.from_bin is not None:
        shifts.append(Shift(move.sku, move.from_bin, -move.quantity))
    if move.to_bin is not None:
        shifts.append(Shift(move.sku, move.to_bin, move.quantity))
    if not await bins.shift(tx, move.warehouse, shifts, kind, actor, move.reference, now):
        raise Conflict("not_in_bin", f"{move.from_bin} holds fewer of {move.sku}", field="quantity")


async def _check(tx: Transaction, move: BinMove, field: str, code: str) -> None:
    bin = await bins.lock_bin(tx, move.warehouse, code)
    if bin is None:
        raise Invalid("bin_unknown", f"there is no bin {code} in {move.warehouse}", field=field)
    if field == "from_bin":
        return
    if not bin.active:
        raise Conflict("bin_inactive", f"nothing is put into {code}", field=field)
    if bin.capacity is not None and bin.pieces + move.quantity > bin.capacity:
        room = max(bin.capacity - bin.pieces, 0)
        message = f"{code} has room for {room} more"
        raise Conflict("bin_full", message, field="quantity", details={"room": room})
