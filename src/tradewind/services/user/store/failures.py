"""Writes of failed log-ins: see domain/throttling.py for what they do."""

from __future__ import annotations

from datetime import datetime, timedelta

from tradewind.ports.database import Connection, Transaction
from tradewind.services.user.domain import throttling


async def record_failure(db: Connection, subject: bytes, source: str, now: datetime) -> None:
    """One more failure, unless a pause is on: trying meanwhile neither counts nor prolongs it.

    Written alike for addresses that have no account: the time taken must not tell them apart.
    """
    await db.execute(
        """
        INSERT INTO log_in_failures AS known (subject, source, failures, failed_at, blocked_until)
        VALUES ($1, $2, 1, $3, $3)
        ON CONFLICT (subject, source) DO UPDATE SET
            failures = CASE WHEN known.failed_at < $4 THEN 1 ELSE known.failures + 1 END,
            failed_at = $3,
            blocked_until = $3 + make_interval(secs => CASE
                WHEN known.failed_at < $4 OR known.failures + 1 < $5 THEN 0
                ELSE least(power(2, least(known.failures + 1 - $5, 30)), $6) END)
        WHERE known.blocked_until <= $3
        """,
        subject,
        source,
        now,
        now - timedelta(seconds=throttling.FORGOTTEN_AFTER_SECONDS),
        throttling.FREE_FAILURES,
        throttling.MOST_PAUSE_SECONDS,
    )


async def forget_failures(tx: Transaction, subject: bytes, source: str | None = None) -> None:
    """Those of one source, or all."""
    await tx.execute(
        "DELETE FROM log_in_failures WHERE subject = $1 AND source = coalesce($2, source)", subject, source
    )
