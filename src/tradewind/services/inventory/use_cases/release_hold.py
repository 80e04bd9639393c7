"""End a hold before its time."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.store import reservations
from tradewind.services.inventory.use_cases.release_stock import release_in


async def release_hold(deps: Deps, owner_id: UUID, actor: str, once: Once) -> None:
    """Raises NotFound, and Conflict(reservation_of_order): what an order holds ends with the order alone."""
    async with deps.db.begin() as tx:
        known = await reservations.lock(tx, owner_id)
        if known is None:
            raise NotFound("reservation_not_found", "nothing was ever reserved for this owner")
        if known.state == "held" and known.expires_at is None:
            raise Conflict(
                "reservation_of_order", "this stock is held for an order: cancel the order to release it"
            )
        await release_in(deps, tx, owner_id, actor)
        return await once.answer(tx, None)
