"""Staff answer a dispute: the evidence is sent, once and for good; or the shopper has the money."""

from __future__ import annotations

from dataclasses import fields
from uuid import UUID

import msgspec

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.http import Answer
from tradewind.kernel.idempotency import Once
from tradewind.ports.payment_gateway import DisputeOutcome, Evidence, Moved, NotSent, OutcomeUnknown
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.shapes.disputes import DisputeShown
from tradewind.services.payment.store import disputes
from tradewind.services.payment.use_cases.settle_dispute import settle_dispute


async def answer_dispute(deps: Deps, dispute_id: UUID, once: Once, *, accept: bool) -> Answer:
    """The dispute; with 202 while what became of the answer is unknown, and then the same request again tells.

    Raises NotFound(dispute_not_found), Conflict(dispute_not_open), Conflict(evidence_missing),
    Conflict(dispute_refused) with the processor's reason.
    """
    dispute = await _find(deps, dispute_id)
    if not accept and dispute.evidence is None:
        raise Conflict("evidence_missing", "say first what speaks for the shop")
    async with deps.db.begin() as tx:
        first = await once.claim(tx)
        begun = await disputes.begin_submission(tx, dispute_id, deps.clock.now())
        if not begun and first:
            raise Conflict("dispute_not_open", "this dispute was answered, or is decided")
    if begun:
        outcome = await _send(deps, dispute, accept=accept)
        if isinstance(outcome, NotSent | OutcomeUnknown):
            return Answer(await _find(deps, dispute_id), status=202)
        await settle_dispute(deps, dispute.processor, dispute.processor_id)
        after = await _find(deps, dispute_id)
        # Refused because an earlier request of ours had its effect is not refused.
        taken = isinstance(outcome, Moved) or after.state != "needs_response"
        await disputes.end_submission(deps.db, dispute_id, deps.clock.now(), taken=taken)
        if not taken:
            raise Conflict("dispute_refused", f"the processor did not take it: {outcome}")
    async with deps.db.begin() as tx:
        return Answer(await once.complete(tx, await _find(deps, dispute_id)))


async def _send(deps: Deps, dispute: DisputeShown, *, accept: bool) -> DisputeOutcome:
    gateway = deps.gateways.named(dispute.processor)
    if accept:
        return await gateway.accept_dispute(
            dispute_id=dispute.processor_id, reference=f"accept-{dispute.dispute_id}"
        )
    known = msgspec.to_builtins(dispute.evidence)
    evidence = Evidence(**{field.name: known[field.name] for field in fields(Evidence)})
    return await gateway.submit_evidence(
        dispute_id=dispute.processor_id, reference=f"evidence-{dispute.dispute_id}", evidence=evidence
    )


async def _find(deps: Deps, dispute_id: UUID) -> DisputeShown:
    shown = await disputes.shown(deps.db, dispute_id)
    if shown is None:
        raise NotFound("dispute_not_found", "there is no such dispute")
    return shown
