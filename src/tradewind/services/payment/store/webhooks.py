"""Webhooks as they came."""

from __future__ import annotations

from datetime import datetime

from tradewind.ports.database import Connection


async def insert_webhook(tx: Connection, processor: str, webhook_id: str, body: bytes, now: datetime) -> bool:
    """False if it came before."""
    return bool(
        await tx.execute(
            """
            INSERT INTO webhooks (processor, webhook_id, body, received_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
            """,
            processor,
            webhook_id,
            body,
            now,
        )
    )


async def forget_webhooks(tx: Connection, before: datetime) -> int:
    return await tx.execute("DELETE FROM webhooks WHERE received_at < $1", before)
