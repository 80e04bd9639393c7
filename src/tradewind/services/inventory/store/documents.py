"""Numbers, moves and history of the documents of the warehouse. A document's row is locked before anything that
hangs on it, and before reservations and stock (see reservations.py)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.domain.documents import Document
from tradewind.services.inventory.shapes.documents import Step

FIRST_NUMBER = 1001


async def next_number(tx: Transaction, document: Document) -> str:
    """Such as PO-1001. Those who make documents of one kind come one after another."""
    last = await tx.value(
        """
        INSERT INTO document_numbers (prefix, last) VALUES ($1, $2)
        ON CONFLICT (prefix) DO UPDATE SET last = document_numbers.last + 1 RETURNING last
        """,
        document.prefix,
        FIRST_NUMBER,
    )
    return f"{document.prefix}-{last}"


async def begin(tx: Transaction, document_id: UUID, state: str, actor: str, now: datetime) -> None:
    """The first line of its history."""
    await tx.execute(
        """
        INSERT INTO document_history (document_id, sequence, from_state, to_state, reason, actor, at)
        VALUES ($1, 1, NULL, $2, '', $3, $4)
        """,
        document_id,
        state,
        actor,
        now,
    )


async def lock(tx: Transaction, document: Document, document_id: UUID) -> str:
    """Its state, which stays until the transaction ends. Raises NotFound."""
    state: str | None = await tx.value(
        f"SELECT state FROM {document.table} WHERE {document.key} = $1 FOR NO KEY UPDATE", document_id
    )
    if state is None:
        raise not_found(document)
    return state


async def move(
    tx: Transaction,
    document: Document,
    document_id: UUID,
    was: str,
    to: str,
    actor: str,
    now: datetime,
    reason: str = "",
) -> None:
    """`was` is the state that the caller locked. Raises Conflict(state_conflict) for an illegal move."""
    if not document.may_move(was, to):
        raise refused_move(document, was, to)
    moved = await tx.value(
        f"""
        WITH moved AS (
            UPDATE {document.table} SET state = $3, version = version + 1, updated_at = $4
            WHERE {document.key} = $1 AND state = $2 RETURNING version)
        INSERT INTO document_history (document_id, sequence, from_state, to_state, reason, actor, at)
        SELECT $1, version, $2, $3, $5, $6, $4 FROM moved RETURNING true
        """,
        document_id,
        was,
        to,
        now,
        reason,
        actor,
    )
    assert moved, "the caller holds the row"


async def note(
    tx: Transaction, document: Document, document_id: UUID, reason: str, actor: str, now: datetime
) -> None:
    """A change that moves nothing, in the history."""
    await tx.execute(
        f"""
        WITH changed AS (
            UPDATE {document.table} SET version = version + 1, updated_at = $4
            WHERE {document.key} = $1 RETURNING version, state)
        INSERT INTO document_history (document_id, sequence, from_state, to_state, reason, actor, at)
        SELECT $1, version, state, state, $2, $3, $4 FROM changed
        """,
        document_id,
        reason,
        actor,
        now,
    )


async def history(connection: Connection, document_id: UUID) -> list[Step]:
    rows = await connection.fetch(
        """
        SELECT from_state, to_state, reason, actor, at FROM document_history
        WHERE document_id = $1 ORDER BY sequence
        """,
        document_id,
    )
    return [Step(*row) for row in rows]


def not_found(document: Document) -> NotFound:
    return NotFound(f"{document.noun}_not_found", f"there is no such {document.noun.replace('_', ' ')}")


def refused_move(document: Document, was: str, to: str) -> Conflict:
    allowed = sorted(document.transitions[was])
    words = f"it is {was}, and can become {', '.join(allowed)}" if allowed else f"it is {was}, for good"
    return Conflict("state_conflict", f"it cannot become {to}: {words}", details={"state": was})
