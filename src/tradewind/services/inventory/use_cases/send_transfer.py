"""Pieces leave for another warehouse: out of what is available here, on their way to there."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.arriving import expect, send_off
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.documents import TRANSFERS
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.queries import transfers as queries
from tradewind.services.inventory.shapes.transfers import Transfer
from tradewind.services.inventory.store import documents, transfers


async def send_transfer(deps: Deps, transfer_id: UUID, actor: str, once: Once) -> Transfer:
    """All of it or nothing. Raises NotFound, Conflict(state_conflict), Conflict(not_available);
    of a SKU with lots Invalid(lot_required)."""
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        was = await documents.lock(tx, TRANSFERS, transfer_id)
        await documents.move(tx, TRANSFERS, transfer_id, was, "sent", actor, now)
        await transfers.mark_sent(tx, transfer_id, now)
        transfer = await transfers.header(tx, transfer_id)
        pieces = await transfers.in_transit(tx, transfer_id)
        leaving = [
            Move(sku, transfer.source, on_hand=-quantity, lot=lot) for (sku, lot), quantity in pieces.items()
        ]
        coming = [Move(sku, transfer.destination, incoming=quantity) for (sku, _), quantity in pieces.items()]
        to = Cause("transfer_out", f"to {transfer.destination}", actor, transfer.number)
        from_there = Cause("expect", f"from {transfer.source}", actor, transfer.number)
        await send_off(deps, tx, leaving, to, now, keep_safety=True)
        await expect(tx, coming, from_there, now)
        return await once.answer(tx, await queries.transfer(tx, transfer_id))
