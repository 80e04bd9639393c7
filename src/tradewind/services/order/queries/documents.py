"""An order's invoices and credit notes, as they are listed and as PDF."""

from __future__ import annotations

import asyncio
from importlib import import_module
from itertools import pairwise

from tradewind.contracts.common import Money
from tradewind.kernel.errors import NotFound
from tradewind.kernel.identity import Principal
from tradewind.services.order.access import find_order
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.record import Document, Documents
from tradewind.services.order.store import documents
from tradewind.services.order.store.documents import DocumentRecord
from tradewind.services.order.store.orders import OrderRecord

SUFFIX = ".pdf"


async def list_documents(deps: Deps, order: OrderRecord) -> Documents:
    issued = await documents.of_order(deps.db, order.order_id)
    invoices = [record.number for record in issued if record.kind == "invoice"]
    replaced = dict(pairwise(invoices))  # an invoice is issued when the one before it was taken back
    return Documents([document_view(record, replaced.get(record.number)) for record in issued])


async def document_pdf(deps: Deps, file_name: str, caller: Principal, token: str | None) -> bytes:
    """Made of what was written down when it was issued, on a thread of its own.

    Raises NotFound(document_not_found), also for one of an order that is not the caller's.
    """
    missing = NotFound("document_not_found", "there is no such document, or its order's token is missing")
    record = (
        await documents.load(deps.db, file_name.removesuffix(SUFFIX)) if file_name.endswith(SUFFIX) else None
    )
    if record is None:
        raise missing
    try:
        await find_order(deps, record.order_id, caller, token, "orders:read")
    except NotFound:
        raise missing from None
    return await asyncio.to_thread(_render, record)


def _render(record: DocumentRecord) -> bytes:
    """What draws a PDF is loaded with the first of them: 0.3 s and 33 MB that a start does not wait for."""
    drawing = import_module("tradewind.services.order.documents.render")
    pdf: bytes = drawing.render(record.snapshot, record.number)
    return pdf


def document_view(record: DocumentRecord, replaced_by: str | None = None) -> Document:
    snapshot = record.snapshot
    return Document(
        record.number,
        snapshot.kind,
        record.order_id,
        snapshot.order_number,
        record.issued_at,
        Money(snapshot.total_minor, snapshot.currency),
        Money(snapshot.net_minor, snapshot.currency),
        Money(snapshot.tax_minor, snapshot.currency),
        f"/v1/documents/{record.number}{SUFFIX}",
        record.corrects,
        replaced_by,
        snapshot.seller.lacks(),
    )
