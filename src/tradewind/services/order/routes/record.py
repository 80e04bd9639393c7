"""The record of an order over HTTP: its invoices and credit notes."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import OWNER, Answer, Call, Route, permission
from tradewind.services.order.access import find_order
from tradewind.services.order.deps import Deps
from tradewind.services.order.queries.documents import document_pdf, list_documents
from tradewind.services.order.routes.orders import ORDER_ERRORS
from tradewind.services.order.shapes.orders import TokenQuery
from tradewind.services.order.shapes.record import Document, Documents, IssueInvoice
from tradewind.services.order.use_cases.issue_invoice import issue_invoice

READ = permission("orders:read")


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
