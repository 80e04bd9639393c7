"""Staff void a payment: what is held goes back, and the order can never be paid for again."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.http import Answer
from tradewind.kernel.idempotency import Once
from tradewind.services.payment import listings
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.references import PaymentKey
from tradewind.services.payment.store import closing
from tradewind.services.payment.use_cases.close_payment import close_payment


@dataclass(frozen=True, slots=True)
class VoidRequest:
    payment_id: UUID


async def request_void(deps: Deps, command: VoidRequest, once: Once) -> Answer:
    """The payment; with 202 while its void is under way. Of a payment that was captured: refund it."""
    payment = await listings.payment_listed(deps.db, command.payment_id)
    if payment is None:
        raise NotFound("payment_not_found", "there is no such payment")
    async with deps.db.begin() as tx:
        await once.claim(tx)
        asked = await closing.request_void_by_hand(tx, command.payment_id, "by_staff", deps.clock.now())
    if not asked:
        if payment.status == "declined":
            raise Conflict("payment_declined", "it was declined: there is nothing to void")
        raise Conflict("payment_captured", "some of it was captured: refund that instead")
    await close_payment(deps, PaymentKey(payment.order_id, payment.number))
    after = await listings.payment_listed(deps.db, command.payment_id)
    assert after is not None, "payments are never removed"
    if after.closing:
        return Answer(after, status=202)
    async with deps.db.begin() as tx:
        return Answer(await once.complete(tx, after))
