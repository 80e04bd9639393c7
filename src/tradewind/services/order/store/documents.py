"""Invoices and credit notes as rows. Order of locks: the order's row, then series by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.domain.documents import Bill, Snapshot
from tradewind.services.order.store import orders

_COLUMNS = "d.number, d.kind, d.order_id, d.subject, d.corrects, d.snapshot, d.actor, d.issued_at"
_decode_bill = msgspec.json.Decoder(Bill).decode


class DocumentRecord(msgspec.Struct, frozen=True):
    number: str
    kind: str
    order_id: UUID
    subject: str
    snapshot: Snapshot
    actor: str
    issued_at: datetime
    corrects: str | None = None


_decode = msgspec.json.Decoder(DocumentRecord).decode


async def lock_bill(tx: Transaction, order_id: UUID) -> Bill | None:
    """What a document of this order is made of; nobody changes it, or issues another, before this commits."""
    await orders.lock(tx, order_id)
    text = await tx.value(
        """
        SELECT (to_jsonb(o) || jsonb_build_object(
            'lines', coalesce((
                SELECT jsonb_agg(to_jsonb(l) ORDER BY l.line) FROM order_lines l WHERE l.order_id = o.order_id), '[]'),
            'given_back', coalesce((
                SELECT jsonb_agg(to_jsonb(r) ORDER BY r.finished_at, r.refund_id) FROM order_refunds r
                WHERE r.order_id = o.order_id AND r.state IN ('succeeded', 'credited')), '[]'),
            'promotions', coalesce((
                SELECT jsonb_agg(coalesce(p.code, p.name) ORDER BY p.position) FROM order_promotions p
                WHERE p.order_id = o.order_id), '[]'),
            'shipped_at', (SELECT min(f.shipped_at) FROM fulfilments f WHERE f.order_id = o.order_id)
            ))::text
        FROM orders o WHERE o.order_id = $1
        """,
        order_id,
    )
    return None if text is None else _decode_bill(text)


async def of_order(db: Connection, order_id: UUID) -> list[DocumentRecord]:
    """In the order in which they were issued."""
    rows = await db.fetch(
        f"""
        SELECT to_jsonb(x)::text AS document FROM (
            SELECT {_COLUMNS} FROM order_documents d WHERE d.order_id = $1 ORDER BY d.issued_at, d.kind DESC, d.position
        ) AS x
        """,
        order_id,
    )
    return [_decode(row["document"]) for row in rows]


async def load(db: Connection, number: str) -> DocumentRecord | None:
    text = await db.value(
        f"SELECT to_jsonb(x)::text FROM (SELECT {_COLUMNS} FROM order_documents d WHERE d.number = $1) AS x",
        number,
    )
    return None if text is None else _decode(text)


async def lock_series(tx: Transaction, series: Sequence[str]) -> None:
    """By those who issue documents of several series in one transaction, before the first: one who issues a credit
    note and then an invoice, and one who issues them the other way round, would wait for one another."""
    await tx.execute(
        """
        INSERT INTO document_series (series, issued) SELECT name, 0 FROM unnest($1::text[]) AS name ORDER BY name
        ON CONFLICT (series) DO UPDATE SET issued = document_series.issued
        """,
        sorted(set(series)),
    )


async def issue(
    tx: Transaction, series: str, order_id: UUID, subject: str, snapshot: Snapshot, actor: str
) -> DocumentRecord:
    """Under the next number of its series, which stays locked until this commits. The order is locked, and has no
    document of this kind for this subject."""
    position: int = await tx.value(
        """
        INSERT INTO document_series (series, issued) VALUES ($1, 1)
        ON CONFLICT (series) DO UPDATE SET issued = document_series.issued + 1 RETURNING issued
        """,
        series,
    )
    record = DocumentRecord(
        f"{series}{position:05d}",
        snapshot.kind,
        order_id,
        subject,
        snapshot,
        actor,
        snapshot.issued_at,
        snapshot.corrects or None,
    )
    await tx.execute(
        """
        INSERT INTO order_documents (number, series, position, kind, order_id, subject, corrects, currency, net_minor,
            tax_minor, total_minor, snapshot, actor, issued_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13, $14)
        """,
        record.number,
        series,
        position,
        record.kind,
        order_id,
        subject,
        record.corrects,
        snapshot.currency,
        snapshot.net_minor,
        snapshot.tax_minor,
        snapshot.total_minor,
        msgspec.json.encode(snapshot).decode(),
        actor,
        snapshot.issued_at,
    )
    return record


async def placed_without(db: Connection, since: datetime, most: int) -> Sequence[UUID]:
    """Orders begun since then that were placed and have no invoice yet, the oldest first."""
    begun = UUID(
        int=int(since.timestamp() * 1000) << 80
    )  # ids are UUIDv7: the index of states is read from there
    rows = await db.fetch(
        """
        SELECT o.order_id FROM orders o
        WHERE o.state IN ('placed', 'partially_fulfilled', 'fulfilled') AND o.order_id > $1 AND o.placed_at IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM order_documents d WHERE d.order_id = o.order_id)
        ORDER BY o.order_id LIMIT $2
        """,
        begun,
        most,
    )
    return [row["order_id"] for row in rows]
