"""What a capture, refund or void does where nobody outside is asked: gift cards and money in the bank.

Order of locks: an order's advisory lock, its payments, then gift cards, these by id.
"""

from __future__ import annotations

from datetime import datetime

from tradewind.contracts.common import Money
from tradewind.contracts.payment import MoneyToReturn
from tradewind.ports.database import Transaction
from tradewind.services.payment.domain import Operation
from tradewind.services.payment.references import PaymentKey, authorisation_reference, let_go_reference
from tradewind.services.payment.store import gift_cards, ledger


async def move(tx: Transaction, operation: Operation, now: datetime) -> None:
    """In the transaction that records the operation as succeeded."""
    if operation.method == "gift_card":
        await gift_cards.move(tx, operation, now)
    elif operation.method == "bank_transfer" and operation.kind == "void":
        await _give_transfer_back(tx, operation, now)


async def return_rest(tx: Transaction, key: PaymentKey, now: datetime) -> MoneyToReturn | None:
    """Of a transfer of which nothing more is captured: what arrived above what was is owed to the shopper. None
    where that is nothing, or was returned before."""
    row = await tx.row(
        """
        SELECT id, attempt, currency, received_minor - captured_minor - capturing_minor AS rest_minor FROM payments
        WHERE order_id = $1 AND number = $2 AND method = 'bank_transfer' AND state <> 'voided'
        """,
        key.order_id,
        key.number,
    )
    if row is None or row["rest_minor"] <= 0:
        return None
    rest, currency = row["rest_minor"], row["currency"]
    reference = let_go_reference(authorisation_reference(key.order_id, row["attempt"], key.number), "rest")
    entries = (("customer_receivable", rest), ("cash_in_bank", -rest))
    if not await ledger.post(tx, reference, entries, currency, now, order_id=key.order_id):
        return None
    return MoneyToReturn(key.order_id, row["id"], Money(rest, currency), key.number)


async def left_the_bank(tx: Transaction, operation: Operation) -> MoneyToReturn | None:
    """What the shop's own bank account gives back by this refund or void; staff send it."""
    row = await tx.row(
        """
        SELECT payments.id, -amount_minor AS sent_minor FROM ledger_entries JOIN payments USING (order_id)
        WHERE reference = $1 AND account = 'cash_in_bank' AND amount_minor < 0 AND payments.number = $2
        """,
        operation.reference,
        operation.number,
    )
    if row is None:
        return None
    amount = Money(row["sent_minor"], operation.currency)
    return MoneyToReturn(operation.order_id, row["id"], amount, operation.number)


async def _give_transfer_back(tx: Transaction, operation: Operation, now: datetime) -> None:
    """Nothing was captured of it: what arrived is owed to the shopper, and staff send it back."""
    received = await tx.value(
        "SELECT received_minor FROM payments WHERE order_id = $1 AND number = $2",
        operation.order_id,
        operation.number,
    )
    if received:
        entries = (("customer_receivable", received), ("cash_in_bank", -received))
        await ledger.post(
            tx, operation.reference, entries, operation.currency, now, order_id=operation.order_id
        )
