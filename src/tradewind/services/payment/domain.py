"""States and their moves, pauses, and what a cancelled payment needs next: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from tradewind.ports.payment_gateway import (
    Approved,
    BankDeclined,
    Challenge,
    FoundAuthorisation,
    FoundMove,
    Moved,
    MoveKind,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Rejected,
    SavedSource,
    Sought,
    Voided,
)
from tradewind.services.payment.references import (
    AttemptKey,
    OperationKey,
    PaymentKey,
    authorisation_reference,
    move_reference,
)

Transitions = Mapping[str, frozenset[str]]

# pending: not sent, certainly. processing: being sent, or its driver died. unknown: sent, no answer.
# abandoned: its order was cancelled, and the processor knew nothing of it; a late arrival is voided.
# unknown to pending: the processor said no, softly, and another one stands in. pending to failed: a refund of what was
# disputed before it was sent.
ATTEMPT_TRANSITIONS: Transitions = {
    "pending": frozenset({"processing", "abandoned"}),
    "processing": frozenset(
        {"pending", "unknown", "action_required", "authorised", "declined", "abandoned", "voided"}
    ),
    "unknown": frozenset({"pending", "action_required", "authorised", "declined", "abandoned", "voided"}),
    "action_required": frozenset({"authorised", "declined", "voided"}),
    "authorised": frozenset({"voided"}),
    "abandoned": frozenset({"action_required", "authorised", "voided"}),
    "declined": frozenset(),
    "voided": frozenset(),
}
OPERATION_TRANSITIONS: Transitions = {
    "pending": frozenset({"processing", "failed"}),
    "processing": frozenset({"pending", "unknown", "succeeded", "failed"}),
    "unknown": frozenset({"succeeded", "failed"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
}
OPEN_ATTEMPT = frozenset({"pending", "processing", "unknown", "action_required"})
OPEN_OPERATION = frozenset({"pending", "processing", "unknown"})
LONGEST_CHALLENGE_PAUSE_SECONDS = 60.0

_PAYMENT_STATE = {
    "pending": "processing",
    "unknown": "processing",
    "abandoned": "voided",
}

# Kept here, without anybody outside: their operations cannot fail.
INTERNAL_METHODS = frozenset({"gift_card", "bank_transfer", "cash_on_delivery"})

# Double entry: account and sign (debit positive). What a shopper owes for an order is a receivable that the
# order's sale debits, outside of this ledger; a capture settles it. A transfer is posted when the money comes.
_CAPTURE_FROM: Mapping[str, str | None] = {
    "card": "cash_at_processor",
    "paypal": "cash_at_processor",
    "wallet": "cash_at_processor",
    "gift_card": "gift_cards",
    "bank_transfer": None,
    "cash_on_delivery": "cash_on_delivery",
}
Postings = tuple[tuple[str, int], ...]


def postings(kind: MoveKind, method: str) -> Postings:
    """What an operation posts when it succeeds. A refund of what is paid on delivery is shared by its last two: the
    carrier owes less, as far as it has not brought it yet, and the rest leaves the bank."""
    account = _CAPTURE_FROM[method]
    if kind == "void":
        return ()
    if kind == "capture":
        return () if account is None else ((account, 1), ("customer_receivable", -1))
    if account == "cash_on_delivery":
        return (("refunds", 1), ("cash_on_delivery", -1), ("cash_in_bank", -1))
    return (("refunds", 1), (account or "cash_in_bank", -1))


def payment_state(attempt_state: str) -> str:
    """What a payment's row says while its latest attempt is in this state."""
    return _PAYMENT_STATE.get(attempt_state, attempt_state)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to have a payment of an order authorised, with what decides how to go on with it."""

    order_id: UUID
    number: int
    attempt: int
    state: str
    payment_id: UUID
    amount_minor: int
    currency: str
    void_requested: bool
    sealed_token: bytes | None
    return_url: str | None
    processor_id: str | None
    network: str
    last4: str
    action_url: str | None
    decline_code: str | None
    retryable: bool
    sent_at: datetime | None
    tries: int
    created_at: datetime
    method: str = "card"
    processor: str = "sandbox"
    stand_ins: Sequence[str] = ()  # processors that may still be tried where this one had no effect
    keep_method: bool = False
    customer_id: UUID | None = None

    @property
    def key(self) -> AttemptKey:
        return AttemptKey(self.order_id, self.attempt, self.number)

    @property
    def reference(self) -> str:
        return authorisation_reference(self.order_id, self.attempt, self.number)

    @property
    def sought(self) -> Sought:
        return Sought(
            self.reference,
            self.amount_minor,
            self.currency,
            self.created_at,
            self.processor_id,
            self.return_url,
        )


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Its order is cancelled and the processor knows nothing of it."""


AttemptOutcome = FoundAuthorisation | Rejected | Abandoned


@dataclass(frozen=True, slots=True)
class AttemptMove:
    """What an outcome makes of an attempt. `to` None: it stays as it is, and is asked about again."""

    to: str | None
    processor_id: str | None = None
    network: str = ""
    last4: str = ""
    action_url: str | None = None
    decline_code: str | None = None
    retryable: bool = False
    detail: str = ""
    expires_at: datetime | None = None
    saved: SavedSource | None = None
    captures_once: bool = False
    stand_in: bool = False  # the next processor has it from here on


def attempt_move(state: str, outcome: AttemptOutcome) -> AttemptMove:
    match outcome:
        case Approved(processor_id, network, last4, saved, expires_at):
            move = AttemptMove(
                "authorised",
                processor_id,
                network,
                last4,
                expires_at=expires_at,
                saved=saved,
                captures_once=outcome.captures_once,
            )
        case Challenge(processor_id, url, network, last4):
            move = AttemptMove("action_required", processor_id, network, last4, action_url=url)
        case BankDeclined():
            move = AttemptMove(
                "declined",
                outcome.processor_id,
                outcome.network,
                outcome.last4,
                decline_code=outcome.code,
                retryable=outcome.retryable,
                detail=outcome.code,
            )
        case Rejected(code, message):
            move = AttemptMove("declined", decline_code=code, detail=message)
        case Voided(processor_id):
            move = AttemptMove("voided", processor_id)
        case Abandoned():
            move = AttemptMove("abandoned", detail="its order was cancelled before it was sent")
        case NotSent(reason):
            move = AttemptMove("pending" if state == "processing" else None, detail=reason)
        case OutcomeUnknown(reason):
            move = AttemptMove("unknown" if state == "processing" else None, detail=reason)
        case NotFound():
            move = AttemptMove("unknown" if state == "processing" else None, detail="not known yet")
    return move if move.to in ATTEMPT_TRANSITIONS[state] else AttemptMove(None, detail=move.detail)


def stand_in_move(attempt: Attempt, outcome: AttemptOutcome) -> AttemptMove | None:
    """To the next processor, where the one before certainly had no effect: it was not sent, or was declined
    softly. Never where that is unknown, and never once the shopper was sent to confirm."""
    if attempt.void_requested or not attempt.stand_ins:
        return None
    match attempt.state, outcome:
        case "processing", NotSent(reason):
            pass
        case "processing" | "unknown", BankDeclined(code, True):
            reason = code
        case _:
            return None
    return AttemptMove(
        "pending", detail=f"{attempt.processor}: {reason}; {attempt.stand_ins[0]} stands in", stand_in=True
    )


@dataclass(frozen=True, slots=True)
class Operation:
    """One capture, refund or void."""

    id: UUID
    kind: MoveKind
    order_id: UUID
    number: int
    payment_id: UUID
    attempt: int
    state: str
    amount_minor: int
    currency: str
    processor_id: str  # of the authorisation that it acts on
    failure_code: str | None
    failure_message: str | None
    declined: bool
    tries: int
    method: str = "card"
    processor: str = "sandbox"
    spread_id: UUID | None = None
    asked_minor: int | None = None  # of its amount; None: all. The rest was taken ahead, for later parcels
    sent_at: datetime | None = None

    @property
    def wanted_minor(self) -> int:
        return self.amount_minor if self.asked_minor is None else self.asked_minor

    @property
    def key(self) -> OperationKey:
        return OperationKey(self.kind, self.id)

    @property
    def reference(self) -> str:
        return move_reference(self.kind, self.id)


@dataclass(frozen=True, slots=True)
class OperationMove:
    to: str | None
    processor_id: str | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    declined: bool = False
    detail: str = ""


def operation_move(state: str, outcome: FoundMove | Rejected) -> OperationMove:
    match outcome:
        case Moved(processor_id):
            return OperationMove("succeeded", processor_id)
        case BankDeclined(code):
            return OperationMove(
                "failed",
                outcome.processor_id,
                code,
                "the bank declined it",
                declined=True,
                detail=code,
            )
        case Rejected(code, message):
            return OperationMove("failed", None, code, message, detail=message)
        case NotSent(reason):
            return OperationMove("pending" if state == "processing" else None, detail=reason)
        case OutcomeUnknown(reason):
            return OperationMove("unknown" if state == "processing" else None, detail=reason)
        case NotFound():
            return OperationMove("unknown" if state == "processing" else None, detail="not known yet")


def pause(first_seconds: float, most_seconds: float, tries: int) -> timedelta:
    """Twice as long after each try."""
    return timedelta(seconds=min(most_seconds, first_seconds * 2.0 ** min(max(tries - 1, 0), 30)))


@dataclass(frozen=True, slots=True)
class Holding:
    """What a payment holds of the shopper's money, on the card or taken."""

    order_id: UUID
    number: int
    payment_id: UUID
    attempt: int
    state: str
    currency: str | None
    method: str
    void_requested: bool
    authorised_minor: int
    capturing_minor: int
    captured_minor: int
    refunding_minor: int
    refunded_minor: int
    received_minor: int
    let_go_minor: int
    disputed_minor: int  # open or lost: of a late dispute, what was given back before is in it
    closing_tries: int

    @property
    def key(self) -> PaymentKey:
        return PaymentKey(self.order_id, self.number)

    @property
    def refundable_minor(self) -> int:
        return max(0, self.captured_minor - self.refunded_minor - self.refunding_minor - self.disputed_minor)

    @property
    def capturable_minor(self) -> int:
        """Of a bank transfer, what has arrived."""
        most = self.authorised_minor - self.let_go_minor - self.transfer_awaited_minor
        return max(0, most - self.captured_minor - self.capturing_minor)

    @property
    def transfer_awaited_minor(self) -> int:
        if self.method != "bank_transfer":
            return 0
        return max(0, self.authorised_minor - self.let_go_minor - self.received_minor)


def next_to_close(holding: Holding) -> Literal["resolve", "void", "refund", "nothing"]:
    """What brings a cancelled payment nearer to holding nothing."""
    if holding.state == "processing" or holding.capturing_minor or holding.refunding_minor:
        return "resolve"
    if holding.state not in ("authorised", "action_required"):
        return "nothing"
    if holding.captured_minor == 0:
        return "void"
    return "refund" if holding.refundable_minor else "nothing"
