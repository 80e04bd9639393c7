"""Faults: those a merchant ordered for itself, and the trouble that some test cards make."""

import msgspec

from tradewind.sandbox_processor import store
from tradewind.sandbox_processor.cards import TestCard
from tradewind.sandbox_processor.processor import Processor
from tradewind.sandbox_processor.wire import FaultKind, OperationKind

ON_ANY_REQUEST: tuple[FaultKind, ...] = (
    "timeout_before",
    "timeout_after",
    "error_500",
    "slow",
    "connection_reset",
)
# A bank cannot decline what it has already answered.
ON_FIRST_REQUEST: tuple[FaultKind, ...] = (*ON_ANY_REQUEST, "decline")
ON_WEBHOOK: tuple[FaultKind, ...] = ("webhook_duplicate", "webhook_drop")


class Trouble(msgspec.Struct, frozen=True):
    kind: FaultKind
    seconds: float


def next_trouble(
    processor: Processor,
    merchant: str,
    operation: OperationKind,
    reference: str,
    card: TestCard | None,
    answered_before: bool,
) -> Trouble | None:
    """What goes wrong with this request, if anything: an ordered fault goes before the card's own."""
    kinds = ON_ANY_REQUEST if answered_before else ON_FIRST_REQUEST
    ordered = store.take_fault(processor.db, merchant, operation, kinds)
    if ordered is not None:
        kind, seconds = ordered
        return Trouble(kind, _usual_seconds(processor, kind) if seconds is None else seconds)
    if card is None or card.trouble is None or answered_before:
        return None
    if store.count_card_trouble(processor.db, merchant, reference, card.times):
        return Trouble(card.trouble, _usual_seconds(processor, card.trouble))
    return None


def webhook_deliveries(processor: Processor, merchant: str, operation: OperationKind) -> int:
    """How often the events of this operation are to be delivered: once, unless ordered otherwise."""
    ordered = store.take_fault(processor.db, merchant, operation, ON_WEBHOOK)
    if ordered is None:
        return 1
    return 0 if ordered[0] == "webhook_drop" else 2


def _usual_seconds(processor: Processor, kind: FaultKind) -> float:
    return processor.options.slow_seconds if kind == "slow" else processor.options.hang_seconds
