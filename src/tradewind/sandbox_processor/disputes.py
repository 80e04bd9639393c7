"""Disputes: a cardholder wants the money back, the merchant answers once, and the bank decides.

As with other processors' test modes, the words `winning_evidence` and `losing_evidence` decide one at once.
"""

from datetime import UTC, datetime, timedelta

import msgspec

from tradewind.sandbox_processor import operations, store
from tradewind.sandbox_processor.processor import Processor, new_id
from tradewind.sandbox_processor.refusals import Refusal, not_found
from tradewind.sandbox_processor.webhooks import add_event
from tradewind.sandbox_processor.wire import Dispute, Evidence, OpenDispute

DAYS_TO_ANSWER = 14
DECIDED_BY = {"winning_evidence": "won", "losing_evidence": "lost"}


def open_dispute(processor: Processor, merchant: str, command: OpenDispute) -> Dispute:
    """Of all that was captured and not given back."""
    found = store.list_authorisations(processor.db, merchant, command.reference)
    if not found or found[0].captured_minor <= found[0].refunded_minor:
        raise not_found("captured authorisation")
    taken = operations.present(processor, found[0])
    due = datetime.now(UTC) + timedelta(days=DAYS_TO_ANSWER)
    dispute = Dispute(
        new_id("dsp"),
        taken.reference,
        taken.captured_minor - taken.refunded_minor,
        taken.currency,
        command.reason,
        "needs_response",
        due.isoformat(timespec="seconds"),
    )
    store.put_dispute(processor.db, merchant, dispute.id, msgspec.json.encode(dispute))
    add_event(processor, merchant, "dispute.opened", taken, taken.operations[0], dispute.id)
    return dispute


def find(processor: Processor, merchant: str, id_: str) -> Dispute:
    kept = store.find_dispute(processor.db, merchant, id_)
    if kept is None:
        raise not_found("dispute")
    return msgspec.json.decode(kept, type=Dispute)


def answer(processor: Processor, merchant: str, id_: str, evidence: Evidence) -> Dispute:
    return _move(processor, merchant, id_, DECIDED_BY.get(evidence.explanation, "under_review"))


def accept(processor: Processor, merchant: str, id_: str) -> Dispute:
    return _move(processor, merchant, id_, "lost")


def _move(processor: Processor, merchant: str, id_: str, status: str) -> Dispute:
    before = find(processor, merchant, id_)
    if before.status != "needs_response":
        raise Refusal(409, "invalid_request", "dispute_closed", f"the dispute is {before.status}")
    after = msgspec.structs.replace(before, status=status)
    store.put_dispute(processor.db, merchant, id_, msgspec.json.encode(after))
    return after
