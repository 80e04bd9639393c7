"""What was given back lessens the invoice: a credit note for each refund, issued when the refund succeeded."""

from __future__ import annotations

from uuid import UUID

from tradewind.ports.database import Transaction
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain import documents as content
from tradewind.services.order.store import documents
from tradewind.services.order.use_cases.issue_invoice import (
    ACTOR,
    invoice_order,
    issue,
    live_invoice,
    take_back,
)


async def issue_credit_note(deps: Deps, tx: Transaction, order_id: UUID, refund_id: UUID) -> None:
    """Once a refund; none for an order without an invoice, whose later invoice credits what was given back before.

    An invoice that no longer says what was sold is replaced first: its successor counts this refund in.
    """
    bill = await documents.lock_bill(tx, order_id)
    if bill is None:
        return
    issued = await documents.of_order(tx, order_id)
    live = live_invoice(issued)
    if live is None or any(record.subject == f"refund:{refund_id}" for record in issued):
        return
    if any(refund_id in record.snapshot.settled for record in issued):
        return
    if not content.says_the_same(live.snapshot, bill):
        await invoice_order(deps, tx, bill, ACTOR)
        return
    refund = next((given for given in bill.given_back if given.refund_id == refund_id), None)
    before = [note.snapshot for note in issued if note.corrects == live.number]
    left = live.snapshot.total_minor - sum(note.total_minor for note in before)
    if refund is not None and min(refund.worth_minor, left) > 0:
        note = content.credit_note(
            live.snapshot,
            live.number,
            before,
            min(refund.worth_minor, left),
            deps.clock.now(),
            content.pieces_of(bill, [refund]),
            content.way_of([refund], "back"),
        )
        await issue(deps, tx, bill, f"refund:{refund_id}", note, ACTOR)


async def credit_what_paid_for_others(deps: Deps, tx: Transaction, order_id: UUID) -> None:
    """Returned pieces that an exchange took in payment lessen the invoice, also where a later edit took off what
    they paid for before that was invoiced. Safe to repeat."""
    bill = await documents.lock_bill(tx, order_id)
    for given in bill.given_back if bill is not None else ():
        if given.credited_minor:
            await issue_credit_note(deps, tx, order_id, given.refund_id)


async def take_back_invoice(deps: Deps, tx: Transaction, order_id: UUID) -> None:
    """Of an order that was cancelled after it was invoiced. Safe to repeat."""
    bill = await documents.lock_bill(tx, order_id)
    if bill is None:
        return
    issued = await documents.of_order(tx, order_id)
    live = live_invoice(issued)
    if live is not None:
        await take_back(deps, tx, bill, live, issued, ACTOR)
