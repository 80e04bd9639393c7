"""A second person applies an adjustment, or refuses it."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import CheckViolation
from tradewind.services.inventory.approving import apply
from tradewind.services.inventory.arriving import too_many
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import adjustments as queries
from tradewind.services.inventory.shapes.adjustments import AdjustmentRequest
from tradewind.services.inventory.store import adjustments


async def decide_adjustment(
    deps: Deps, adjustment_id: UUID, to: Literal["applied", "refused"], reason: str, actor: str, once: Once
) -> AdjustmentRequest:
    """Raises NotFound; Conflict: adjustment_decided, approver_asked, not_available, not_there, on_hand_too_large,
    serial_exists, expiry_differs."""
    try:
        async with deps.db.begin() as tx:
            now = deps.clock.now()
            asked = await queries.adjustment(tx, adjustment_id)
            if to == "applied" and asked.asked_by == actor:
                raise Conflict("approver_asked", "who asked does not approve: ask somebody else")
            if not await adjustments.decide(tx, adjustment_id, to, actor, reason, now):
                raise Conflict("adjustment_decided", "it was decided before")
            if to == "applied":
                await apply(deps, tx, asked, actor, now)
            return await once.answer(tx, await queries.adjustment(tx, adjustment_id))
    except CheckViolation as violation:
        if violation.constraint != "stock_on_hand_range":
            raise
        raise too_many("this adjustment") from violation
