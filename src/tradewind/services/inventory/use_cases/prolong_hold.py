"""A hold lasts longer while somebody is active."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tradewind.kernel.errors import Invalid
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.store import reservations


async def prolong_hold(deps: Deps, owner_id: UUID, expires_in_seconds: int) -> bool:
    """At least so long from now; never shorter than before. False when the hold has ended."""
    if expires_in_seconds < 1:
        raise Invalid("seconds_invalid", "a hold lasts at least one second", field="expires_in_seconds")
    until = deps.clock.now() + timedelta(seconds=expires_in_seconds)
    return await reservations.prolong(deps.db, owner_id, until)
