"""Staff capture or refund a payment by hand."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

from tradewind.contracts.payment import Refused
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Answer
from tradewind.kernel.idempotency import Once
from tradewind.ports.payment_gateway import MoveKind
from tradewind.services.payment import listings, queries
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.domain import OPEN_OPERATION
from tradewind.services.payment.references import OperationKey
from tradewind.services.payment.store.operations import Wanted
from tradewind.services.payment.use_cases.move_amount import move_amount

_IDS_OF_REQUESTS = UUID("8f1c8c0e-6a57-5d0b-9c58-3d1f0a7be7a1")


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """`amount_minor` None asks for all that is left."""

    kind: MoveKind
    payment_id: UUID
    amount_minor: int | None
    reason: str = ""


async def request_move(deps: Deps, command: MoveRequest, once: Once) -> Answer:
    """The operation; with 202 while its outcome is unknown, and then the same request again tells.

    Its id comes from the Idempotency-Key, so that a repeat is the same operation, wherever the first stopped.
    """
    key = OperationKey(command.kind, _operation_id(deps, once))
    async with deps.db.begin() as tx:
        await once.claim(tx)
    target = await queries.move_target(deps.db, command.payment_id, key)
    if target is None:
        raise NotFound("payment_not_found", "there is no such payment")
    amount_minor = target.known_minor or command.amount_minor or target.left_minor
    if amount_minor <= 0 and command.kind == "refund" and target.disputed_minor:
        raise Conflict("payment_disputed", "what was captured and not given back is disputed")
    if amount_minor <= 0:
        raise Conflict("nothing_left", f"nothing is left to {command.kind}")
    wanted = Wanted(
        key,
        target.payment.order_id,
        amount_minor,
        target.currency,
        command.reason,
        target.payment.number,
    )
    moved = await move_amount(deps, wanted)
    if isinstance(moved, Refused):
        if moved.code == "amount_too_large":
            raise Invalid(moved.code, moved.message, field="amount_minor")
        raise Conflict(moved.code, moved.message)
    shown = await listings.operation_shown(deps.db, key)
    if moved.state in OPEN_OPERATION:
        return Answer(shown, status=202)
    async with deps.db.begin() as tx:
        return Answer(await once.complete(tx, shown))


def _operation_id(deps: Deps, once: Once) -> UUID:
    if once.key is None:
        return deps.clock.new_id()
    return uuid5(_IDS_OF_REQUESTS, f"{once.scope}\n{once.key}")
