"""Writes of password resets: a token works once, in time, and no longer than its account's password."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tradewind.ports.database import Transaction

VALID = timedelta(minutes=30)
AT_MOST_EVERY = timedelta(minutes=1)  # so that nobody fills another's mailbox


async def insert_reset(
    tx: Transaction, reset_id: UUID, account_id: UUID, token_hash: bytes, now: datetime
) -> bool:
    """False when one was made a moment ago. The caller holds the account's lock."""
    inserted = await tx.value(
        """
        INSERT INTO password_resets (id, account_id, token_hash, created_at, expires_at)
        SELECT $1::uuid, $2::uuid, $3::bytea, $4::timestamptz, $5::timestamptz
        WHERE NOT EXISTS (SELECT 1 FROM password_resets WHERE account_id = $2 AND created_at > $6)
        RETURNING true
        """,
        reset_id,
        account_id,
        token_hash,
        now,
        now + VALID,
        now - AT_MOST_EVERY,
    )
    return bool(inserted)


async def use_reset(tx: Transaction, token_hash: bytes, now: datetime) -> bool:
    """True once in a token's life."""
    used = await tx.value(
        """
        UPDATE password_resets SET used_at = $2
        WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
        RETURNING true
        """,
        token_hash,
        now,
    )
    return bool(used)


async def void_resets(tx: Transaction, account_id: UUID) -> None:
    """Forget those not used: the password they were asked for is no more."""
    await tx.execute("DELETE FROM password_resets WHERE account_id = $1 AND used_at IS NULL", account_id)
