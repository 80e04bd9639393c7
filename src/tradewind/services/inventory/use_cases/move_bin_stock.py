"""Pieces are carried from one bin to another, into a bin, or out of all of them."""

from __future__ import annotations

from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.placing import place
from tradewind.services.inventory.queries import bins as queries
from tradewind.services.inventory.shapes.bins import BinMove, PlacedQuery, PlacedStocks


async def move_bin_stock(deps: Deps, command: BinMove, actor: str, once: Once) -> PlacedStocks:
    """Answers where the SKU lies now. Raises Invalid: bin_unknown, same_bin; Conflict: not_in_bin, not_unplaced,
    bin_inactive, bin_full."""
    async with deps.db.begin() as tx:
        await place(tx, command, "move", actor, deps.clock.now())
        lying = await queries.placed(tx, PlacedQuery(command.warehouse, command.sku))
        return await once.answer(tx, PlacedStocks(lying))
