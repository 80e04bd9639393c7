"""What processors know our requests by, and whose reference one is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from tradewind.ports.payment_gateway import MoveKind


def authorisation_reference(order_id: UUID, attempt: int, number: int = 1) -> str:
    """What the processor knows a request by: its idempotency key, and the name to ask for later."""
    return f"authorise-{order_id}-{attempt}" if number == 1 else f"authorise-{order_id}-p{number}-{attempt}"


def renewal_reference(payment_id: UUID, renewal: int) -> str:
    """What the processor knows a request by to hold what is left for another while."""
    return f"renew-{payment_id}-{renewal}"


def move_reference(kind: MoveKind, move_id: UUID) -> str:
    return f"{kind}-{move_id}"


def let_go_reference(authorisation: str, what: str) -> str:
    """What the processor knows a void by that no operation stands for: a challenge that is over, or what is left of a
    hold. It names the attempt, so that the webhook of it is known as ours."""
    return f"let-go-{authorisation}-{what}"


@dataclass(frozen=True, slots=True)
class AttemptKey:
    order_id: UUID
    attempt: int
    number: int = 1  # of the payment


@dataclass(frozen=True, slots=True)
class PaymentKey:
    order_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class OperationKey:
    kind: MoveKind
    id: UUID


_UUID = "([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_AUTHORISATION = re.compile(rf"authorise-{_UUID}-(?:p([1-9][0-9]{{0,2}})-)?([1-9][0-9]{{0,8}})")
_LET_GO = re.compile(r"let-go-(.+)-(?:rest|challenge-[0-9]{1,9})")
_MOVE = re.compile(rf"(capture|refund|void)-{_UUID}")


def parse_reference(reference: str) -> AttemptKey | OperationKey | None:
    """Whose reference this is; None for one that is not of our making."""
    let_go = _LET_GO.fullmatch(reference)
    authorisation = _AUTHORISATION.fullmatch(let_go[1] if let_go else reference)
    if authorisation is not None:
        return AttemptKey(UUID(authorisation[1]), int(authorisation[3]), int(authorisation[2] or 1))
    move = _MOVE.fullmatch(reference)
    if move is None:
        return None
    kind: MoveKind = "capture" if move[1] == "capture" else "refund" if move[1] == "refund" else "void"
    return OperationKey(kind, UUID(move[2]))
