"""Products in bulk: files in, files out, and how imports went."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tradewind.contracts.common import Page
from tradewind.contracts.currencies import check_currency
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Call, Route
from tradewind.kernel.telemetry import log
from tradewind.services.product import queries
from tradewind.services.product.deps import Deps
from tradewind.services.product.importing.source import ImportSource
from tradewind.services.product.routes.products import READ, WRITE
from tradewind.services.product.shapes import (
    ImportProblem,
    ImportQuery,
    ImportResult,
    ImportRun,
    PageQuery,
)
from tradewind.services.product.use_cases.export_products import export_products
from tradewind.services.product.use_cases.import_products import ImportProgress, import_products

LARGEST_UPLOAD_BYTES = 20_000_000


async def post_import(deps: Deps, call: Call[bytes, ImportQuery]) -> ImportResult:
    query = call.query
    check_currency(query.currency)
    source = ImportSource.of_bytes(
        query.file_name, call.body, query.format, currency=query.currency, warehouse=query.warehouse
    )
    return await import_products(deps, source, _log_progress, call.once)


def _log_progress(progress: ImportProgress) -> None:
    run = progress.run
    log.info("import_progress", import_id=run.import_id, position=run.position, rejected=run.rejected)


async def get_imports(deps: Deps, call: Call[None, PageQuery]) -> Page[ImportRun]:
    return await queries.list_imports(deps.db, call.query.limit, call.query.cursor)


async def get_import(deps: Deps, call: Call[None, None]) -> ImportRun:
    return await queries.import_run(deps.db, call.uuid("import_id"))


async def get_import_problems(deps: Deps, call: Call[None, PageQuery]) -> Page[ImportProblem]:
    import_id = call.uuid("import_id")
    return await queries.page_of_problems(deps.db, import_id, call.query.limit, call.query.cursor)


async def get_export(deps: Deps, call: Call[None, None]) -> AsyncIterator[bytes]:
    return export_products(deps)


ROUTES = (
    Route(
        "POST",
        "/v1/products/import",
        post_import,
        WRITE,
        "Import products from JSONL or Shopify CSV, up to 20 MB; the same file again goes on where it broke off",
        answer=ImportResult,
        body=bytes,
        query=ImportQuery,
        errors=(
            (Invalid, "currency_required"),
            (Invalid, "currency_unknown"),
            (Conflict, "import_elsewhere"),
            (Conflict, "import_collided"),
        ),
        max_body_bytes=LARGEST_UPLOAD_BYTES,
        cost=10,
    ),
    Route(
        "GET",
        "/v1/products/export",
        get_export,
        READ,
        "All products as JSONL, without stock; the import takes it back",
        media_type="application/x-ndjson",
        cost=10,
    ),
    Route(
        "GET",
        "/v1/imports",
        get_imports,
        READ,
        "Imports, newest first",
        answer=Page[ImportRun],
        query=PageQuery,
        errors=((Invalid, "cursor_invalid"),),
    ),
    Route(
        "GET",
        "/v1/imports/{import_id}",
        get_import,
        READ,
        "How far an import is, or how it went",
        answer=ImportRun,
        errors=((NotFound, "import_not_found"),),
    ),
    Route(
        "GET",
        "/v1/imports/{import_id}/problems",
        get_import_problems,
        READ,
        "What was wrong in an import's file, in the order it was found",
        answer=Page[ImportProblem],
        query=PageQuery,
        errors=((NotFound, "import_not_found"), (Invalid, "cursor_invalid")),
    ),
)
