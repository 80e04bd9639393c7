"""Staff, or a program with an API key, let a hold last longer."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.inventory import queries
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.shapes import Reservation
from tradewind.services.inventory.store import reservations


async def prolong_reservation(deps: Deps, owner_id: UUID, expires_in_seconds: int, once: Once) -> Reservation:
    """At least so long from now; never shorter than before.

    Raises NotFound, Conflict(reservation_closed), and Conflict(reservation_of_order) for what has no end of its own.
    """
    async with deps.db.begin() as tx:
        known = await reservations.lock(tx, owner_id)
        if known is None:
            raise NotFound("reservation_not_found", "nothing was ever reserved for this owner")
        if known.state != "held":
            raise Conflict("reservation_closed", "this reservation has ended: make a new one")
        if known.expires_at is None:
            raise Conflict(
                "reservation_of_order",
                "this stock is held for an order or a claim, and as long as that lasts: only holds with expires_at are "
                "prolonged",
            )
        await reservations.prolong(tx, owner_id, deps.clock.now() + timedelta(seconds=expires_in_seconds))
        return await once.answer(tx, await queries.reservation(tx, owner_id))
