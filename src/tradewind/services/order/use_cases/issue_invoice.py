"""An invoice is issued for an order: by staff, or by the platform when goods leave."""

from __future__ import annotations

from datetime import datetime
from typing import get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Transaction
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain import documents as content
from tradewind.services.order.domain.documents import Bill, Seller, Snapshot
from tradewind.services.order.domain.states import State
from tradewind.services.order.queries.documents import document_view
from tradewind.services.order.settings import Settings
from tradewind.services.order.shapes.record import Document, IssueInvoice
from tradewind.services.order.store import documents, orders
from tradewind.services.order.store.documents import DocumentRecord

ACTOR = "service:order"
INVOICED = frozenset(
    {
        State.PLACED,
        State.PARTIALLY_FULFILLED,
        State.FULFILLED,
        State.PARTIALLY_RETURNED,
        State.RETURNED,
    }
)


async def issue_invoice(
    deps: Deps, caller: Principal, order_id: UUID, command: IssueInvoice, once: Once
) -> Document:
    """The order's invoice. One that says the same was issued before is answered again; one that says something
    else is taken back by a credit note, and replaced.

    Raises Conflict(order_not_invoiceable) for an order that was not placed, Invalid(buyer_vat_id_missing) and
    Conflict(tax_is_charged) for a reverse charge that is none.
    """
    if command.reverse_charge and not command.buyer_vat_id:
        raise Invalid(
            "buyer_vat_id_missing", "a reverse charge names the buyer's VAT ID", field="buyer_vat_id"
        )
    async with deps.db.begin() as tx:
        bill = await documents.lock_bill(tx, order_id)
        if bill is None:
            raise NotFound("order_not_found", "there is no such order")
        if State(bill.state) not in INVOICED:
            raise Conflict("order_not_invoiceable", f"an order that is {bill.state} has no invoice")
        if command.reverse_charge and bill.tax_minor:
            raise Conflict(
                "tax_is_charged",
                "tax was charged with this order: it is no reverse charge",
                field="reverse_charge",
            )
        record = await invoice_order(deps, tx, bill, caller.name, command)
        return await once.answer(tx, document_view(record))


async def invoice_order(
    deps: Deps, tx: Transaction, bill: Bill, actor: str, command: IssueInvoice | None = None
) -> DocumentRecord:
    """In this transaction, which has the order locked. What was given back before is credited with it."""
    issued = await documents.of_order(tx, bill.order_id)
    live = live_invoice(issued)
    if live is not None and _still_holds(live.snapshot, bill, command, seller(deps.settings)):
        return live
    if live is not None or bill.given_back:
        both = [_series(deps.settings, kind, deps.clock.now()) for kind in get_args(content.Kind)]
        await documents.lock_series(tx, both)
    if live is not None:
        await take_back(deps, tx, bill, live, issued, actor)
    now, wanted = deps.clock.now(), command or IssueInvoice()
    snapshot = content.invoice(
        bill,
        seller(deps.settings),
        now,
        deps.settings.time_zone,
        buyer_vat_id=wanted.buyer_vat_id or (live.snapshot.buyer_vat_id if live else ""),
        reverse_charge=wanted.reverse_charge,
        note=wanted.note,
    )
    record = await issue(deps, tx, bill, f"order:{bill.version}", snapshot, actor)
    given_back = min(sum(one.worth_minor for one in bill.given_back), snapshot.total_minor)
    if given_back > 0:
        named = content.pieces_of(bill, bill.given_back)
        way = content.way_of(bill.given_back, "before")
        note = content.credit_note(snapshot, record.number, [], given_back, now, named, way)
        await issue(deps, tx, bill, f"settled:{record.number}", note, actor)
    return record


async def renew_invoice(deps: Deps, tx: Transaction, order_id: UUID) -> None:
    """The order was changed: an invoice that was issued before is taken back and replaced. Safe to repeat."""
    bill = await documents.lock_bill(tx, order_id)
    if bill is not None and live_invoice(await documents.of_order(tx, order_id)) is not None:
        await invoice_order(deps, tx, bill, ACTOR)


async def take_back(
    deps: Deps,
    tx: Transaction,
    bill: Bill,
    invoice: DocumentRecord,
    issued: list[DocumentRecord],
    actor: str,
) -> None:
    """All that is left of an invoice, by a credit note."""
    before = [note.snapshot for note in issued if note.corrects == invoice.number]
    left = invoice.snapshot.total_minor - sum(note.total_minor for note in before)
    if left > 0:
        note = content.credit_note(invoice.snapshot, invoice.number, before, left, deps.clock.now())
        await issue(deps, tx, bill, f"invoice:{invoice.number}", note, actor)


async def issue(
    deps: Deps, tx: Transaction, bill: Bill, subject: str, snapshot: Snapshot, actor: str
) -> DocumentRecord:
    """Numbered, and told in the order's history."""
    series = _series(deps.settings, snapshot.kind, snapshot.issued_at)
    record = await documents.issue(tx, series, bill.order_id, subject, snapshot, actor)
    await orders.note(tx, bill.order_id, record.number, actor, snapshot.issued_at, kind=snapshot.kind)
    return record


def _series(settings: Settings, kind: content.Kind, issued_at: datetime) -> str:
    """What its numbers begin with."""
    prefix = settings.invoice_prefix if kind == "invoice" else settings.credit_note_prefix
    return f"{prefix}{issued_at.astimezone(ZoneInfo(settings.time_zone)).year}-"


def live_invoice(issued: list[DocumentRecord]) -> DocumentRecord | None:
    """The last one, unless it was taken back."""
    invoices = [record for record in issued if record.kind == "invoice"]
    if not invoices:
        return None
    taken_back = {record.subject for record in issued}
    return None if f"invoice:{invoices[-1].number}" in taken_back else invoices[-1]


def seller(settings: Settings) -> Seller:
    address = [line.strip() for line in settings.seller_address.split("|") if line.strip()]
    return Seller(
        settings.seller_name,
        address,
        settings.seller_vat_id,
        settings.seller_tax_number,
        settings.seller_register,
        settings.seller_email,
        settings.seller_phone,
        settings.seller_bank,
        settings.seller_iban,
        settings.seller_bic,
    )


def _still_holds(issued: Snapshot, bill: Bill, command: IssueInvoice | None, seller: Seller) -> bool:
    """A wish that says nothing new keeps what was issued. Who sells may be named otherwise since: that is new
    where somebody asks, and does not by itself replace what a customer has."""
    if not content.says_the_same(issued, bill):
        return False
    return command is None or (
        issued.seller == seller
        and command.buyer_vat_id in ("", issued.buyer_vat_id)
        and command.reverse_charge in (False, issued.reverse_charge)
        and command.note in ("", issued.note)
    )
