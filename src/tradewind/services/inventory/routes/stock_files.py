"""HTTP of stock as files."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.http import Call, Route
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.routes.paths import READ, WRITE
from tradewind.services.inventory.shapes.stock_files import (
    StockExportQuery,
    StockFileQuery,
    StockFileReport,
)
from tradewind.services.inventory.use_cases.export_stock import export_stock
from tradewind.services.inventory.use_cases.import_stock import import_stock

LARGEST_FILE_BYTES = 4_000_000


async def post_stock_import(deps: Deps, call: Call[bytes, StockFileQuery]) -> StockFileReport:
    return await import_stock(deps, call.query, call.body, call.principal.name, call.once)


async def get_stock_export(deps: Deps, call: Call[None, StockExportQuery]) -> AsyncIterator[bytes]:
    return export_stock(deps, call.query.warehouse)


ROUTES = (
    Route(
        "POST",
        "/v1/stock-imports",
        post_stock_import,
        WRITE,
        "Take in a CSV file of stock, up to 4 MB: a stock take, a delivery or corrections",
        answer=StockFileReport,
        body=bytes,
        query=StockFileQuery,
        errors=(
            (Invalid, "file_invalid"),
            (Invalid, "invalid_parameter"),
            (Conflict, "file_exists"),
            (Conflict, "receipt_exists"),
            (Invalid, "serial_one_piece"),
            (Conflict, "serial_exists"),
            (Conflict, "on_hand_too_large"),
        ),
        max_body_bytes=LARGEST_FILE_BYTES,
        cost=10,
    ),
    Route(
        "GET",
        "/v1/stock-export",
        get_stock_export,
        READ,
        "All stock as CSV, a line for each SKU and warehouse",
        query=StockExportQuery,
        media_type="text/csv",
        errors=((Invalid, "invalid_parameter"),),
        cost=10,
    ),
)
