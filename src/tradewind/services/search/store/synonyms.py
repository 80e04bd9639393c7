"""Words that stand for one another, as staff say."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Transaction
from tradewind.services.search.shapes import PutSynonym


async def put(tx: Transaction, synonym_id: UUID, said: PutSynonym, now: datetime) -> datetime:
    """Answers when it was first said."""
    created_at: datetime = await tx.value(
        """
        INSERT INTO synonyms (synonym_id, kind, from_term, terms, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT (synonym_id) DO UPDATE SET
            kind = excluded.kind, from_term = excluded.from_term, terms = excluded.terms,
            updated_at = excluded.updated_at
        RETURNING created_at
        """,
        synonym_id,
        said.kind,
        said.from_term,
        said.terms,
        now,
    )
    return created_at


async def delete(tx: Transaction, synonym_id: UUID) -> bool:
    return bool(await tx.execute("DELETE FROM synonyms WHERE synonym_id = $1", synonym_id))
