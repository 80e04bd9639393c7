"""Orders of other systems, over HTTP."""

from __future__ import annotations

import asyncio

from tradewind.contracts.common import Page
from tradewind.contracts.currencies import check_currency
from tradewind.kernel.errors import Conflict, Invalid, Malformed, NotFound
from tradewind.kernel.http import Call, Route, permission
from tradewind.kernel.telemetry import log
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.importing.columns import read_map
from tradewind.services.analytics.importing.source import HistoryOptions, HistorySource
from tradewind.services.analytics.queries import status
from tradewind.services.analytics.shapes import HistoryProblemItem, HistoryQuery, HistoryResult, PageQuery
from tradewind.services.analytics.store.history import HistoryProblem
from tradewind.services.analytics.use_cases.import_orders import import_orders

LARGEST_UPLOAD_BYTES = 20 * 1024 * 1024


async def post_order_history(deps: Deps, call: Call[bytes, HistoryQuery]) -> HistoryResult:
    query = call.query
    check_currency(query.currency)
    source = await asyncio.to_thread(HistorySource.of_bytes, query.file_name, call.body, query.encoding)
    options = HistoryOptions(
        query.currency, query.timezone, query.time_format, read_map(query.map), query.source
    )
    return await import_orders(deps, source, options, _log_progress, call.once)


def _log_progress(rows: int, problems: list[HistoryProblem]) -> None:
    log.info("history_progress", rows=rows, rejected=len(problems))


async def get_order_history_problems(deps: Deps, call: Call[None, PageQuery]) -> Page[HistoryProblemItem]:
    return await status.history_problems(deps, call.uuid("import_id"), call.query.limit, call.query.cursor)


HISTORY_ROUTES = (
    Route(
        "POST",
        "/v1/order-history",
        post_order_history,
        permission("operations:write"),
        "Import another system's orders from CSV, up to 20 MB; the same file again goes on where it broke off",
        answer=HistoryResult,
        body=bytes,
        query=HistoryQuery,
        errors=(
            (Invalid, "currency_unknown"),
            (Invalid, "timezone_unknown"),
            (Invalid, "encoding_unknown"),
            (Invalid, "map_invalid"),
            (Invalid, "column_missing"),
            (Invalid, "file_empty"),
            (Invalid, "history_unreadable"),
            (Malformed, "malformed_gzip"),
            (Conflict, "history_imported_otherwise"),
        ),
        max_body_bytes=LARGEST_UPLOAD_BYTES,
        cost=10,
    ),
    Route(
        "GET",
        "/v1/order-history/{import_id}/problems",
        get_order_history_problems,
        permission("operations:write"),
        "Rows of an imported file that were not taken, with line and reason",
        answer=Page[HistoryProblemItem],
        query=PageQuery,
        errors=((NotFound, "import_not_found"), (Invalid, "cursor_invalid")),
    ),
)
