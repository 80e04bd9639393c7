"""The record of an order over HTTP: its timeline, invoices and credit notes; and the export of orders."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import OWNER, Answer, Call, Route, permission
from tradewind.services.order.access import find_order
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries.documents import document_pdf, list_documents
from tradewind.services.order.queries.export import export_orders
from tradewind.services.order.queries.timeline import timeline
from tradewind.services.order.routes.orders import ORDER_ERRORS
from tradewind.services.order.shapes.orders import Order, TokenQuery
from tradewind.services.order.shapes.record import (
    Document,
    Documents,
    ExportQuery,
    IssueInvoice,
    NewCustomerNote,
    TimelineEntry,
    TimelineQuery,
)
from tradewind.services.order.use_cases.add_customer_note import add_customer_note
from tradewind.services.order.use_cases.issue_invoice import issue_invoice

READ = permission("orders:read")
CSV, JSONL = "text/csv", "application/x-ndjson"


async def get_export(deps: Deps, call: Call[None, ExportQuery]) -> Answer:
    """As a file of the day on which it was asked for."""
    stream, name = export_orders(deps.db, call.query), f"orders-{deps.clock.now().date()}.{call.query.format}"
    disposition = (b"content-disposition", f'attachment; filename="{name}"'.encode())
    return Answer(stream, headers=(disposition,), media_type=JSONL if call.query.format == "jsonl" else None)


async def get_timeline(deps: Deps, call: Call[None, TimelineQuery]) -> Page[TimelineEntry]:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:read")
    return await timeline(deps, call.principal, order, call.query)


async def post_customer_note(deps: Deps, call: Call[NewCustomerNote, TokenQuery]) -> Order:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:write")
    return await add_customer_note(deps, call.principal, order, call.body.text, call.once)


async def get_documents(deps: Deps, call: Call[None, TokenQuery]) -> Documents:
    order = await find_order(deps, call.uuid("order_id"), call.principal, call.query.token, "orders:read")
    return await list_documents(deps, order)


async def post_invoice(deps: Deps, call: Call[IssueInvoice, None]) -> Document:
    return await issue_invoice(deps, call.principal, call.uuid("order_id"), call.body, call.once)


async def get_document(deps: Deps, call: Call[None, TokenQuery]) -> Answer:
    name = call.parameters["file_name"]
    content = await document_pdf(deps, name, call.principal, call.query.token)
    return Answer(content, headers=((b"content-disposition", f'inline; filename="{name}"'.encode()),))


RECORD_ROUTES = (
    Route(
        "GET",
        "/v1/orders/export",
        get_export,
        READ,
        "Orders as CSV or JSONL, found as in their list; streamed",
        query=ExportQuery,
        media_type=CSV,
        also=(JSONL,),
        errors=((Invalid, "timezone_unknown"),),
        cost=10,
    ),
    Route(
        "GET",
        "/v1/orders/{order_id}/timeline",
        get_timeline,
        OWNER,
        "What happened to an order, by whom and what it changed; the newest first",
        answer=Page[TimelineEntry],
        query=TimelineQuery,
        errors=(*ORDER_ERRORS, (Invalid, "cursor_invalid")),
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/customer-notes",
        post_customer_note,
        OWNER,
        "Write something to an order: its customer and staff see it",
        answer=Order,
        body=NewCustomerNote,
        query=TokenQuery,
        status=201,
        cost=5,
        errors=(*ORDER_ERRORS, (Conflict, "too_many_notes")),
        example={"text": "Please ring at the neighbour's"},
    ),
    Route(
        "GET",
        "/v1/orders/{order_id}/documents",
        get_documents,
        OWNER,
        "An order's invoices and credit notes",
        answer=Documents,
        query=TokenQuery,
        errors=ORDER_ERRORS,
    ),
    Route(
        "POST",
        "/v1/orders/{order_id}/invoices",
        post_invoice,
        permission("orders:write"),
        "Issue an order's invoice; one that no longer says what was sold is taken back and replaced",
        answer=Document,
        body=IssueInvoice,
        status=201,
        errors=(
            *ORDER_ERRORS,
            (Conflict, "order_not_invoiceable"),
            (Conflict, "tax_is_charged"),
            (Invalid, "buyer_vat_id_missing"),
        ),
        example={"buyer_vat_id": "DE123456789", "note": "Your order by telephone"},
    ),
    Route(
        "GET",
        "/v1/documents/{file_name}",
        get_document,
        OWNER,
        "An invoice or a credit note as PDF; its file name is its number and .pdf",
        query=TokenQuery,
        media_type="application/pdf",
        errors=((NotFound, "document_not_found"),),
    ),
)
