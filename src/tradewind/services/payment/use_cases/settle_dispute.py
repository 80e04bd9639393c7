"""Ask a processor about a dispute, and keep, post and tell what it says."""

from __future__ import annotations

from tradewind.contracts.common import Money
from tradewind.contracts.payment import DisputeClosed, DisputeOpened
from tradewind.kernel.telemetry import log
from tradewind.ports.database import Transaction
from tradewind.ports.payment_gateway import Dispute, NotFound
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.references import (
    AttemptKey,
    parse_reference,
)
from tradewind.services.payment.store import disputes, ledger
from tradewind.services.payment.store.disputes import Told

CLOSED = ("won", "lost")
NOT_TOLD = "processor_silent"


async def settle_dispute(deps: Deps, processor: str, processor_id: str) -> str | None:
    """Safe to repeat. Answers why it was not taken: NOT_TOLD where the processor could not be asked, else what does
    not fit a payment of ours."""
    found = await deps.gateways.named(processor).find_dispute(processor_id)
    if isinstance(found, NotFound):
        return "dispute_unknown"
    if not isinstance(found, Dispute):
        return NOT_TOLD
    key = parse_reference(found.reference)
    if not isinstance(key, AttemptKey):
        return "reference_unknown"
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        told = await disputes.tell(tx, processor, found, key, deps.clock.new_id(), now)
        if told is not None:
            await _follow(deps, tx, processor, found, key, told)
    if told is None:
        log.warning("dispute_does_not_fit", processor=processor, reference=found.reference)
        return "dispute_differs"
    return None


async def _follow(
    deps: Deps, tx: Transaction, processor: str, it: Dispute, key: AttemptKey, told: Told
) -> None:
    """A dispute takes its amount, and the fee, at once; winning it gives the amount back."""
    now, amount = deps.clock.now(), it.amount_minor
    money, held = Money(amount, it.currency), Money(told.held_minor, it.currency)
    if told.before is None:
        taken = (("disputes", amount), ("fees", it.fee_minor), ("cash_at_processor", -amount - it.fee_minor))
        await _post(tx, f"dispute-opened-{told.dispute_id}", taken, it, key, processor, deps)
        await deps.outbox.append(
            tx,
            DisputeOpened(
                key.order_id,
                told.payment_id,
                told.dispute_id,
                money,
                it.reason[:200],
                it.evidence_due_at,
                held,
            ),
        )
    if it.status in CLOSED and told.before not in CLOSED:
        won = it.status == "won"
        entries = (("cash_at_processor" if won else "refunds", amount), ("disputes", -amount))
        await _post(tx, f"dispute-closed-{told.dispute_id}", entries, it, key, processor, deps)
        await deps.outbox.append(
            tx, DisputeClosed(key.order_id, told.payment_id, told.dispute_id, money, won, held)
        )
    log.info("dispute_settled", dispute_id=told.dispute_id, state=it.status, at=now)


async def _post(
    tx: Transaction,
    reference: str,
    entries: tuple[tuple[str, int], ...],
    it: Dispute,
    key: AttemptKey,
    processor: str,
    deps: Deps,
) -> None:
    await ledger.post(
        tx,
        reference,
        entries,
        it.currency,
        deps.clock.now(),
        order_id=key.order_id,
        processor=processor,
    )
