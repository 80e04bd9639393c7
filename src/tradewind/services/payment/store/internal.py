"""What a capture, refund or void does where nobody outside is asked: gift cards and money in the bank.

Order of locks: an order's advisory lock, its payments, then gift cards, these by id.
"""

from __future__ import annotations

from datetime import datetime

from tradewind.ports.database import Transaction
from tradewind.services.payment.domain import Operation
from tradewind.services.payment.store import gift_cards, ledger


async def move(tx: Transaction, operation: Operation, now: datetime) -> None:
    """In the transaction that records the operation as succeeded."""
    if operation.method == "gift_card":
        await gift_cards.move(tx, operation, now)
    elif operation.method == "bank_transfer" and operation.kind == "void":
        await _give_transfer_back(tx, operation, now)


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
