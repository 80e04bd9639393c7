"""How the store stands, and what was imported."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import Page
from tradewind.kernel.errors import NotFound
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.shapes import HistoryProblemItem, ReportsStatus

_Line = Annotated[int, Meta(ge=0, le=2**62)]


async def reports_status(deps: Deps) -> ReportsStatus:
    row = await deps.db.row(
        """
        SELECT (SELECT coalesce(sum(event_count), 0)::bigint FROM staged_events WHERE refused IS NULL),
            (SELECT count(*) FROM business_events WHERE loaded_at IS NULL),
            (SELECT coalesce(sum(line_count), 0)::bigint FROM history_chunks WHERE loaded_at IS NULL),
            (SELECT count(*) FROM staged_events WHERE refused IS NOT NULL),
            least((SELECT min(received_at) FROM staged_events WHERE refused IS NULL),
                  (SELECT min(occurred_at) FROM business_events WHERE loaded_at IS NULL)),
            (SELECT max(done_at) FROM store_requests),
            (SELECT differences FROM store_requests WHERE done_at IS NOT NULL ORDER BY done_at DESC LIMIT 1)
        """
    )
    assert row is not None, "a row without FROM"
    events, orders, lines, refused, oldest_at, compared_at, differences = row
    found = None if differences is None else msgspec.json.decode(differences, type=list[str])
    return ReportsStatus(events, orders, lines, refused, oldest_at, compared_at, found)


async def history_problems(
    deps: Deps, import_id: UUID, limit: int, cursor: str | None
) -> Page[HistoryProblemItem]:
    """Raises NotFound for an import that there is not."""
    known = await deps.db.value("SELECT true FROM history_imports WHERE import_id = $1", import_id)
    if not known:
        raise NotFound("import_not_found", "there is no import of this id")
    after = decode_cursor(cursor, tuple[_Line])[0] if cursor is not None else 0
    rows = await deps.db.fetch(
        """
        SELECT line, field, reason FROM history_problems WHERE import_id = $1 AND line > $2
        ORDER BY line LIMIT $3
        """,
        import_id,
        after,
        limit + 1,
    )
    items = [HistoryProblemItem(*row) for row in rows[:limit]]
    return Page(items, encode_cursor(items[-1].line) if len(rows) > limit else None)
