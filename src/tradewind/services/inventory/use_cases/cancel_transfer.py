"""A transfer does not take place; what was on its way is back where it came from."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.arriving import expect, take_in
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain import Cause
from tradewind.services.inventory.domain.documents import TRANSFERS
from tradewind.services.inventory.domain.movements import Move
from tradewind.services.inventory.queries import transfers as queries
from tradewind.services.inventory.shapes.transfers import Transfer
from tradewind.services.inventory.store import documents, transfers


async def cancel_transfer(deps: Deps, transfer_id: UUID, reason: str, actor: str, once: Once) -> Transfer:
    """Raises NotFound, Conflict(state_conflict) once something arrived."""
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        was = await documents.lock(tx, TRANSFERS, transfer_id)
        await documents.move(tx, TRANSFERS, transfer_id, was, "cancelled", actor, now, reason)
        if was == "sent":
            transfer = await transfers.header(tx, transfer_id)
            pieces = await transfers.in_transit(tx, transfer_id)
            cause = Cause("expect", "transfer cancelled", actor, transfer.number)
            gone = [
                Move(sku, transfer.destination, incoming=-quantity) for (sku, _), quantity in pieces.items()
            ]
            await expect(tx, gone, cause, now)
            cause = Cause("transfer_in", "transfer cancelled", actor, transfer.number)
            back = [
                Move(sku, transfer.source, on_hand=quantity, lot=lot)
                for (sku, lot), quantity in pieces.items()
            ]
            await take_in(deps, tx, back, cause, now)
        return await once.answer(tx, await queries.transfer(tx, transfer_id))
