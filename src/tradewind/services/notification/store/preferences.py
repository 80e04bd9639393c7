"""What people chose to be told, by address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tradewind.ports.database import Connection, Transaction
from tradewind.services.notification.domain import EMAIL


async def put(tx: Transaction, email: str, choices: Iterable[tuple[str, bool]], now: datetime) -> None:
    """Pairs of a kind and whether it is wanted. In sorted order, so that two callers do not wait in a ring."""
    for kind, enabled in sorted(choices):
        await tx.execute(
            """
            INSERT INTO preferences (email, kind, channel, enabled, updated_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (email, kind, channel) DO UPDATE SET enabled = $4, updated_at = $5
            """,
            email.lower(),
            kind,
            EMAIL,
            enabled,
            now,
        )


async def unwanted(connection: Connection, email: str) -> set[str]:
    """The kinds that this address does without."""
    rows = await connection.fetch(
        "SELECT kind FROM preferences WHERE email = $1 AND channel = $2 AND NOT enabled", email.lower(), EMAIL
    )
    return {row["kind"] for row in rows}
