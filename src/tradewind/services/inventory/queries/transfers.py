"""Reads of transfers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.common import Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.domain.documents import TRANSFERS
from tradewind.services.inventory.queries.conditions import Where, utc
from tradewind.services.inventory.shapes.transfers import (
    ArrivedDraft,
    Transfer,
    TransferLine,
    TransferQuery,
    TransferReceipt,
    TransferSummary,
)
from tradewind.services.inventory.store import documents


async def transfer(connection: Connection, transfer_id: UUID) -> Transfer:
    """Raises NotFound."""
    row = await connection.row(
        """
        SELECT transfer_id, number, source, destination, state, version, note, expected_on, created_by, created_at,
            sent_at, updated_at
        FROM transfers WHERE transfer_id = $1
        """,
        transfer_id,
    )
    if row is None:
        raise documents.not_found(TRANSFERS)
    lines = await connection.fetch(
        """
        SELECT sku, nullif(lot, ''), quantity, received, damaged, missing,
            CASE WHEN $2 IN ('sent', 'partly_received') THEN quantity - received - damaged - missing ELSE 0 END
        FROM transfer_lines WHERE transfer_id = $1 ORDER BY sku, lot
        """,
        transfer_id,
        row["state"],
    )
    receipts = await connection.fetch(
        """
        SELECT reference, lines, actor, at FROM transfer_receipts WHERE transfer_id = $1 ORDER BY at, reference
        """,
        transfer_id,
    )
    arrivals = [
        TransferReceipt(
            one["reference"],
            msgspec.json.decode(one["lines"], type=list[ArrivedDraft]),
            one["actor"],
            one["at"],
        )
        for one in receipts
    ]
    history = await documents.history(connection, transfer_id)
    return Transfer(*[*row, [TransferLine(*line) for line in lines], arrivals, history])


async def list_transfers(deps: Deps, query: TransferQuery) -> Page[TransferSummary]:
    """Newest first."""
    where = Where()
    where.add("state = {}", query.state)
    where.add("{} IN (source, destination)", query.warehouse)
    if query.cursor is not None:
        at, transfer_id = decode_cursor(query.cursor, tuple[datetime, UUID])
        where.add("(created_at, transfer_id) < ({}, {})", utc(at, "cursor"), transfer_id)
    rows = await deps.db.fetch(
        f"""
        SELECT transfer_id, number, source, destination, state, sums.quantity::integer, CASE
            WHEN state IN ('sent', 'partly_received') THEN sums.left ELSE 0 END::integer, expected_on, created_at
        FROM transfers CROSS JOIN LATERAL (
            SELECT sum(quantity) AS quantity, sum(quantity - received - damaged - missing) AS left
            FROM transfer_lines AS line WHERE line.transfer_id = transfers.transfer_id) AS sums
        WHERE {where.text} ORDER BY created_at DESC, transfer_id DESC LIMIT {query.limit + 1}
        """,
        *where.values,
    )
    items = [TransferSummary(*row) for row in rows[: query.limit]]
    last = items[-1] if len(rows) > query.limit else None
    return Page(items, encode_cursor(last.created_at, last.transfer_id) if last else None)
