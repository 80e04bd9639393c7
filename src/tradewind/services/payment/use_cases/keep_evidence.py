"""Staff gather what speaks for the shop, until it is sent."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.shapes.disputes import DisputeShown, EvidenceBody
from tradewind.services.payment.store import disputes


async def keep_evidence(deps: Deps, dispute_id: UUID, body: EvidenceBody, once: Once) -> DisputeShown:
    """Raises NotFound(dispute_not_found), Conflict(dispute_not_open)."""
    if await disputes.shown(deps.db, dispute_id) is None:
        raise NotFound("dispute_not_found", "there is no such dispute")
    async with deps.db.begin() as tx:
        if not await disputes.keep_evidence(tx, dispute_id, body, deps.clock.now()):
            raise Conflict(
                "dispute_not_open", "evidence is gathered until it was sent, or the dispute decided"
            )
        shown = await disputes.shown(tx, dispute_id)
        assert shown is not None, "disputes are never removed"
        return await once.answer(tx, shown)
