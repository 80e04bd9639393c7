"""Webhooks as they came, what they were read as, and what came of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.common import Page
from tradewind.kernel.envelope import Seals
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row, Transaction
from tradewind.ports.payment_gateway import Notice, Said
from tradewind.services.payment.references import (
    AttemptKey,
    OperationKey,
)
from tradewind.services.payment.shapes.webhooks import WebhookShown, WebhooksQuery

_COLUMNS = "id, processor, webhook_id, kind, refs, state, problem, replays, received_at, applied_at"


def place(processor: str, webhook_id: str) -> str:
    """Where a body is sealed for."""
    return f"webhook:{processor}:{webhook_id}"


async def insert_webhook(
    tx: Transaction, seals: Seals, new_id: UUID, processor: str, notice: Notice, body: bytes, now: datetime
) -> bool:
    """False if it came before."""
    return bool(
        await tx.execute(
            """
            INSERT INTO webhooks (id, processor, webhook_id, body, sealed, state, kind, refs, notice, received_at)
            VALUES ($1, $2, $3, $4, true, 'received', $5, $6, $7, $8)
            ON CONFLICT (processor, webhook_id) DO NOTHING
            """,
            new_id,
            processor,
            notice.webhook_id,
            seals.seal(body, place(processor, notice.webhook_id)),
            _storable(notice.kind)[:100],
            [_storable(one) for one in (*notice.references, *notice.disputes)],
            msgspec.json.encode(notice).decode(),
            now,
        )
    )


async def lock(tx: Transaction, processor: str, webhook_id: str) -> str | None:
    """Its state, for one who decides about it alone."""
    state: str | None = await tx.value(
        "SELECT state FROM webhooks WHERE processor = $1 AND webhook_id = $2 FOR UPDATE",
        processor,
        webhook_id,
    )
    return state


async def end(tx: Transaction, processor: str, webhook_id: str, problem: str | None, now: datetime) -> None:
    """Applied, or parked for `problem`."""
    await tx.execute(
        """
        UPDATE webhooks SET state = CASE WHEN $3::text IS NULL THEN 'applied' ELSE 'parked' END, problem = $3,
            applied_at = CASE WHEN $3::text IS NULL THEN $4::timestamptz END
        WHERE processor = $1 AND webhook_id = $2
        """,
        processor,
        webhook_id,
        problem,
        now,
    )


async def begin_replay(tx: Transaction, id_: UUID) -> Row | None:
    """None unless it is parked, and was read by one who kept what it says."""
    return await tx.row(
        """
        UPDATE webhooks SET state = 'received', replays = replays + 1
        WHERE id = $1 AND state = 'parked' AND notice IS NOT NULL
        RETURNING processor, notice
        """,
        id_,
    )


def read_notice(text: str) -> Notice:
    return msgspec.json.decode(text, type=Notice)


async def left_over(db: Connection, before: datetime, most: int) -> list[tuple[str, Notice]]:
    """Those whose receiver died, or could not ask."""
    rows = await db.fetch(
        """
        SELECT processor, notice FROM webhooks
        WHERE state = 'received' AND notice IS NOT NULL AND received_at < $1 ORDER BY received_at LIMIT $2
        """,
        before,
        most,
    )
    return [(row["processor"], read_notice(row["notice"])) for row in rows]


async def misfit_attempt(tx: Transaction, processor: str, key: AttemptKey, said: Said) -> str | None:
    """Why this is not what we know of that authorisation. Once its rest was let go, a processor may tell the less."""
    row = await tx.row(
        """
        SELECT attempts.processor, attempts.amount_minor, attempts.currency, payments.let_go_minor, EXISTS (
            SELECT FROM attempts AS other WHERE other.processor_id = $4 AND other.processor = $5
                AND (other.order_id, other.number, other.attempt) <> ($1, $2, $3)) AS anothers
        FROM attempts JOIN payments USING (order_id, number)
        WHERE order_id = $1 AND number = $2 AND attempts.attempt = $3
        """,
        key.order_id,
        key.number,
        key.attempt,
        said.processor_id,
        processor,
    )
    if row is not None and row["anothers"]:
        return "order_differs"
    if row is not None and said.amount_minor == row["amount_minor"] - row["let_go_minor"]:
        said = replace(said, amount_minor=row["amount_minor"])
    return _misfit(row, processor, said)


async def misfit_operation(tx: Transaction, processor: str, key: OperationKey, said: Said) -> str | None:
    row = await tx.row(
        """
        SELECT attempts.processor, operations.amount_minor, payments.currency
        FROM operations JOIN attempts USING (order_id, number, attempt) JOIN payments USING (order_id, number)
        WHERE operations.id = $1 AND operations.kind = $2
        """,
        key.id,
        key.kind,
    )
    return _misfit(row, processor, said)


def _misfit(row: Row | None, processor: str, said: Said) -> str | None:
    if row is None:
        return "reference_unknown"
    if row["processor"] != processor:
        return "processor_differs"
    if said.currency is not None and said.currency != row["currency"]:
        return "currency_differs"
    if said.amount_minor is not None and said.amount_minor != row["amount_minor"]:
        return "amount_differs"
    return None


async def shown(db: Connection, id_: UUID) -> WebhookShown | None:
    row = await db.row(f"SELECT {_COLUMNS} FROM webhooks WHERE id = $1", id_)
    return None if row is None else _shown(row)


async def listed(db: Connection, query: WebhooksQuery) -> Page[WebhookShown]:
    at, id_ = decode_cursor(query.cursor, tuple[datetime, UUID]) if query.cursor else (None, None)
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM webhooks
        WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR processor = $2)
            AND ($3::timestamptz IS NULL OR (received_at, id) < ($3, $4::uuid))
        ORDER BY received_at DESC, id DESC LIMIT $5
        """,
        query.state,
        query.processor,
        at,
        id_,
        query.limit + 1,
    )
    page = rows[: query.limit]
    following = encode_cursor(page[-1]["received_at"], page[-1]["id"]) if len(rows) > query.limit else None
    return Page([_shown(row) for row in page], following)


async def forget_webhooks(tx: Connection, before: datetime) -> int:
    """Those that are parked wait for a person."""
    return await tx.execute("DELETE FROM webhooks WHERE received_at < $1 AND state <> 'parked'", before)


def _storable(text: str) -> str:
    """PostgreSQL's text has no null character; what is stored here is only shown."""
    return text.replace("\0", "")


def _shown(row: Row) -> WebhookShown:
    return WebhookShown(
        row["id"],
        row["processor"],
        row["webhook_id"],
        row["kind"],
        list(row["refs"]),
        row["state"],
        row["problem"],
        row["replays"],
        row["received_at"],
        row["applied_at"],
    )
