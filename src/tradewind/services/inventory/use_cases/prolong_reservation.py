"""Staff let a hold last longer."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory import queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.shapes import Reservation
from tradewind.services.inventory.store import reservations


async def prolong_reservation(deps: Deps, owner_id: UUID, expires_in_seconds: int, once: Once) -> Reservation:
    """Never shorter than before. Raises NotFound, Conflict(reservation_closed)."""
    async with deps.db.begin() as tx:
        until = deps.clock.now() + timedelta(seconds=expires_in_seconds)
        prolonged = await reservations.prolong(tx, owner_id, until)
        known = await queries.reservation(tx, owner_id)
        if not prolonged:
            raise Conflict("reservation_closed", "this reservation has ended: make a new one")
        return await once.answer(tx, known)
