"""Histories over HTTP: the orders of another system come in, and how that went."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Call, Route, permission
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.imports import (
    LARGEST_IMPORT_BYTES,
    ImportPageQuery,
    OrderImport,
    OrderImportQuery,
    RowError,
)
from tradewind.services.order.store import imports
from tradewind.services.order.use_cases.import_orders import import_orders


async def post_order_import(deps: Deps, call: Call[bytes, OrderImportQuery]) -> OrderImport:
    return await import_orders(deps, call.principal, call.body, call.query, call.once)


async def get_order_imports(deps: Deps, call: Call[None, ImportPageQuery]) -> Page[OrderImport]:
    query = call.query
    after = decode_cursor(query.cursor, tuple[datetime, UUID]) if query.cursor else None
    rows = await imports.page(deps.db, after, query.limit + 1)
    items = [imports.import_view(row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > query.limit else None
    return Page(items, encode_cursor(last.created_at, last.import_id) if last else None)


async def get_order_import(deps: Deps, call: Call[None, None]) -> OrderImport:
    return await _found(deps, call.uuid("import_id"))


async def get_order_import_errors(deps: Deps, call: Call[None, ImportPageQuery]) -> Page[RowError]:
    query, found = call.query, await _found(deps, call.uuid("import_id"))
    after = decode_cursor(query.cursor, tuple[int, str]) if query.cursor else None
    rows = await imports.errors(deps.db, found.import_id, after, query.limit + 1)
    last = rows[query.limit - 1] if len(rows) > query.limit else None
    return Page(rows[: query.limit], encode_cursor(last.row, last.field) if last else None)


async def _found(deps: Deps, import_id: UUID) -> OrderImport:
    found = await imports.load(deps.db, import_id)
    if found is None:
        raise NotFound("import_not_found", "there is no such import")
    return found


IMPORT_ROUTES = (
    Route(
        "POST",
        "/v1/order-imports",
        post_order_import,
        permission("orders:write"),
        "Bring in orders of another system, as JSONL or CSV: up to 5,000 and 20 MB at once",
        answer=OrderImport,
        body=bytes,
        query=OrderImportQuery,
        status=201,
        errors=(
            (Invalid, "file_unreadable"),
            (Invalid, "file_empty"),
            (Invalid, "too_many_orders"),
            (NotFound, "import_not_found"),
            (Conflict, "other_source"),
        ),
        max_body_bytes=LARGEST_IMPORT_BYTES,
        cost=10,
    ),
    Route(
        "GET",
        "/v1/order-imports",
        get_order_imports,
        permission("orders:read"),
        "Imports of orders, newest first",
        answer=Page[OrderImport],
        query=ImportPageQuery,
        errors=((Invalid, "cursor_invalid"),),
    ),
    Route(
        "GET",
        "/v1/order-imports/{import_id}",
        get_order_import,
        permission("orders:read"),
        "How far an import of orders is, or how it went",
        answer=OrderImport,
        errors=((NotFound, "import_not_found"),),
    ),
    Route(
        "GET",
        "/v1/order-imports/{import_id}/errors",
        get_order_import_errors,
        permission("orders:read"),
        "What was wrong with an import's orders, by row and field",
        answer=Page[RowError],
        query=ImportPageQuery,
        errors=((NotFound, "import_not_found"), (Invalid, "cursor_invalid")),
    ),
)
