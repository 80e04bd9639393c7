"""The synonyms that staff keep, a page at a time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tradewind.contracts.common import Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.services.search.deps import Deps
from tradewind.services.search.shapes import Synonym, SynonymsQuery


async def list_synonyms(deps: Deps, query: SynonymsQuery) -> Page[Synonym]:
    """The oldest first. Raises Invalid for a cursor that we did not make."""
    after = decode_cursor(query.cursor, tuple[datetime, UUID]) if query.cursor else None
    rows = await deps.db.fetch(
        """
        SELECT synonym_id, kind, terms, from_term, created_at, updated_at FROM synonyms
        WHERE $1::timestamptz IS NULL OR (created_at, synonym_id) > ($1, $2)
        ORDER BY created_at, synonym_id LIMIT $3
        """,
        after[0] if after else None,
        after[1] if after else None,
        query.limit + 1,
    )
    items = [Synonym(*row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > query.limit else None
    return Page(items, encode_cursor(last.created_at, last.synonym_id) if last else None)
