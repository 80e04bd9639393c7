"""Staff record money that arrived: a bank transfer, or what a carrier collected on delivery."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tradewind.contracts.common import Money
from tradewind.contracts.currencies import formatted
from tradewind.contracts.payment import MoneyReceived
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Row, Transaction
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.shapes.methods import ReceiptShown, RecordReceipt
from tradewind.services.payment.store import ledger, receipts

FURTHEST_ZONE = timedelta(
    days=1
)  # at most so far ahead of UTC, and a little, is the day where the money came
_ACCOUNT = {"bank_transfer": "customer_receivable", "cash_on_delivery": "cash_on_delivery"}


async def record_receipt(
    deps: Deps, caller: Principal, payment_id: UUID, command: RecordReceipt, once: Once
) -> ReceiptShown:
    """Raises NotFound(payment_not_found), Conflict(money_not_awaited), Conflict(receipt_recorded) for a reference
    that was recorded of this payment before, Invalid(amount_too_large) above what is awaited,
    Invalid(received_in_the_future) for a day that has begun nowhere yet."""
    now, receipt_id = deps.clock.now(), deps.clock.new_id()
    if command.received_on > (now + FURTHEST_ZONE).date():
        raise Invalid("received_in_the_future", "this day is yet to come", field="received_on")
    async with deps.db.begin() as tx:
        payment = await receipts.receive(tx, payment_id, command.amount_minor, now)
        if payment is None:
            await _refuse(tx, payment_id)
        assert payment is not None, "refused otherwise"
        amount = Money(command.amount_minor, payment["currency"])
        if not await receipts.insert(tx, receipt_id, payment, command, caller.name, now):
            raise Conflict(
                "receipt_recorded", "this reference was recorded of this payment", field="reference"
            )
        entries = (
            ("cash_in_bank", amount.amount_minor),
            (_ACCOUNT[payment["method"]], -amount.amount_minor),
        )
        await ledger.post(
            tx, f"receipt-{receipt_id}", entries, amount.currency, now, order_id=payment["order_id"]
        )
        awaited = payment["awaited_minor"]
        still = Money(awaited, amount.currency)
        order_id, number, complete = payment["order_id"], payment["number"], awaited == 0
        received = MoneyReceived(order_id, payment_id, amount, command.reference, complete, still, number)
        await deps.outbox.append(tx, received)
        shown = ReceiptShown(
            receipt_id,
            payment_id,
            payment["order_id"],
            amount,
            Money(payment["received_minor"], amount.currency),
            still,
            command.reference,
            command.received_on,
            caller.name,
            now,
        )
        return await once.answer(tx, shown)


async def _refuse(tx: Transaction, payment_id: UUID) -> Row | None:
    payment = await receipts.awaited(tx, payment_id)
    if payment is None:
        raise NotFound("payment_not_found", "there is no such payment")
    if not payment["awaited_minor"]:
        raise Conflict("money_not_awaited", "no money is awaited of this payment")
    left = formatted(payment["awaited_minor"], payment["currency"])
    raise Invalid(
        "amount_too_large",
        f"{left} is awaited: record that, and what is above it send back",
        field="amount_minor",
    )
