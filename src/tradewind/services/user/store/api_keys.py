"""Writes of API keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Connection, Transaction
from tradewind.services.user.shapes import ApiKeyEntry

MOST_KEYS = 50


async def insert_api_key(tx: Transaction, account_id: UUID, key: ApiKeyEntry, token_hash: bytes) -> bool:
    """False when the account has as many as it may. The caller holds the account's lock."""
    inserted = await tx.value(
        """
        INSERT INTO api_keys (id, account_id, name, prefix, token_hash, scopes, created_at, expires_at)
        SELECT $1::uuid, $2::uuid, $3::text, $4::text, $5::bytea, $6::text[], $7::timestamptz, $8::timestamptz
        WHERE (SELECT count(*) FROM api_keys WHERE account_id = $2) < $9
        RETURNING true
        """,
        key.api_key_id,
        account_id,
        key.name,
        key.prefix,
        token_hash,
        key.scopes,
        key.created_at,
        key.expires_at,
        MOST_KEYS,
    )
    return bool(inserted)


async def delete_api_key(tx: Transaction, account_id: UUID, api_key_id: UUID) -> bool:
    return bool(
        await tx.execute("DELETE FROM api_keys WHERE id = $1 AND account_id = $2", api_key_id, account_id)
    )


async def touch_api_key(db: Connection, api_key_id: UUID, now: datetime, unless_since: datetime) -> None:
    await db.execute(
        """
        UPDATE api_keys SET last_used_at = $2
        WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)
        """,
        api_key_id,
        now,
        unless_since,
    )
