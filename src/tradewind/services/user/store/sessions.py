"""Writes of sessions. One that has ended is deleted: nothing of it can be used again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tradewind.ports.database import Connection, Row, Transaction


@dataclass(frozen=True)
class NewSession:
    session_id: UUID
    account_id: UUID
    token_hash: bytes
    created_at: datetime
    expires_at: datetime
    client_address: str
    client_network: str
    user_agent: str


async def insert_session(tx: Transaction, session: NewSession, password_version: int) -> bool:
    """False when the account was closed or its password changed since it was verified.

    The share lock makes a change of password in flight decide first: it then ends this session, or prevents it.
    """
    inserted = await tx.value(
        """
        INSERT INTO sessions (
            id, account_id, token_hash, created_at, last_seen_at, expires_at,
            client_address, client_network, user_agent)
        SELECT $1::uuid, id, $3::bytea, $4::timestamptz, $4, $5::timestamptz, $6::text, $7::text, $8::text
        FROM accounts WHERE id = $2 AND closed_at IS NULL AND password_version = $9
        FOR SHARE
        RETURNING true
        """,
        session.session_id,
        session.account_id,
        session.token_hash,
        session.created_at,
        session.expires_at,
        session.client_address,
        session.client_network,
        session.user_agent,
        password_version,
    )
    return bool(inserted)


async def rotate_session(
    tx: Transaction, account_id: UUID, old_hash: bytes, new_hash: bytes, now: datetime, idle: timedelta
) -> Row | None:
    """`id` and `expires_at` of the session; None when the old token is no longer (or never was) valid."""
    return await tx.row(
        """
        UPDATE sessions SET token_hash = $3, last_seen_at = $4
        WHERE token_hash = $2 AND account_id = $1 AND expires_at > $4 AND last_seen_at > $5
        RETURNING id, expires_at
        """,
        account_id,
        old_hash,
        new_hash,
        now,
        now - idle,
    )


async def delete_session(tx: Transaction, account_id: UUID, session_id: UUID) -> bool:
    return bool(
        await tx.execute("DELETE FROM sessions WHERE id = $1 AND account_id = $2", session_id, account_id)
    )


async def delete_session_of_token(tx: Transaction, account_id: UUID, token_hash: bytes) -> None:
    await tx.execute("DELETE FROM sessions WHERE token_hash = $1 AND account_id = $2", token_hash, account_id)


async def delete_sessions(tx: Transaction, account_id: UUID, *, but: bytes | None = None) -> None:
    """All of the account, `but` the one with this token hash."""
    await tx.execute(
        """
        DELETE FROM sessions
        WHERE account_id = $1
            AND id IS DISTINCT FROM (SELECT id FROM sessions WHERE token_hash = $2 AND account_id = $1)
        """,
        account_id,
        but,
    )


async def touch_session(db: Connection, session_id: UUID, now: datetime, unless_since: datetime) -> None:
    await db.execute(
        "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $3",
        session_id,
        now,
        unless_since,
    )
