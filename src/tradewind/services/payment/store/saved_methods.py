"""Saved methods as rows. What the processor calls one is sealed, and bound to its row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tradewind.kernel.envelope import Seals
from tradewind.kernel.sealing import Sealer
from tradewind.ports.database import Connection, Row, Transaction
from tradewind.services.payment.domain import (
    Attempt,
    AttemptMove,
)
from tradewind.services.payment.sources import KeptSource

_COLUMNS = (
    "id, customer_id, processor, kind, sealed_source, network, last4, consented_at, created_at, forget_tries"
)


@dataclass(frozen=True, slots=True)
class SavedRecord:
    id: UUID
    customer_id: UUID
    processor: str
    kind: str
    sealed_source: bytes | None
    network: str
    last4: str
    consented_at: datetime
    created_at: datetime
    forget_tries: int


def _record(row: Row) -> SavedRecord:
    return SavedRecord(**{name.strip(): row[name.strip()] for name in _COLUMNS.split(",")})


def place(method_id: UUID) -> str:
    return f"saved_methods.sealed_source:{method_id}"


def opened(sealer: Seals, saved: SavedRecord) -> KeptSource:
    assert saved.sealed_source is not None, "kept until the processor has forgotten it"
    customer, method = msgspec.json.decode(
        sealer.unseal(saved.sealed_source, place(saved.id)), type=tuple[str, str]
    )
    return KeptSource(saved=(customer, method), customer=customer)


async def load(db: Connection, method_id: UUID, customer_id: UUID | None) -> SavedRecord | None:
    """None unless it is this customer's and was not deleted."""
    row = await db.row(
        f"SELECT {_COLUMNS} FROM saved_methods WHERE id = $1 AND customer_id = $2 AND deleted_at IS NULL",
        method_id,
        customer_id,
    )
    return None if row is None else _record(row)


async def of_customer(db: Connection, customer_id: UUID) -> list[SavedRecord]:
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM saved_methods WHERE customer_id = $1 AND deleted_at IS NULL ORDER BY id DESC",
        customer_id,
    )
    return [_record(row) for row in rows]


async def with_customer(
    db: Connection, sealer: Seals, kept: KeptSource, customer_id: UUID, processor: str
) -> KeptSource:
    """With what this processor calls the customer, if an earlier method was saved there."""
    row = await db.row(
        f"""
        SELECT {_COLUMNS} FROM saved_methods
        WHERE customer_id = $1 AND processor = $2 AND sealed_source IS NOT NULL ORDER BY id DESC LIMIT 1
        """,
        customer_id,
        processor,
    )
    if row is None:
        return kept
    return msgspec.structs.replace(kept, customer=opened(sealer, _record(row)).customer)


async def keep(
    tx: Transaction,
    seals: Seals,
    sealer: Sealer,
    new_id: UUID,
    attempt: Attempt,
    move: AttemptMove,
    now: datetime,
) -> None:
    """What the processor saved with this payment, once however often it is saved."""
    assert move.saved is not None, "there is something to keep"
    source = msgspec.json.encode((move.saved.customer, move.saved.method))
    await tx.execute(
        """
        INSERT INTO saved_methods (id, customer_id, processor, kind, sealed_source, source_mac, network, last4,
            consented_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
        ON CONFLICT ON CONSTRAINT method_kept_once DO NOTHING
        """,
        new_id,
        attempt.customer_id,
        attempt.processor,
        attempt.method,
        seals.seal(source, place(new_id)),
        sealer.mac(attempt.processor.encode() + b"\n" + source),
        move.network,
        move.last4,
        now,
    )


async def delete(tx: Transaction, method_id: UUID, customer_id: UUID, now: datetime) -> bool:
    """From here on nobody pays with it; the job has the processor forget it. False where there is none."""
    return bool(
        await tx.execute(
            """
            UPDATE saved_methods SET deleted_at = $3, forget_due_at = $3, source_mac = NULL
            WHERE id = $1 AND customer_id = $2 AND deleted_at IS NULL
            """,
            method_id,
            customer_id,
            now,
        )
    )


async def delete_all(tx: Transaction, customer_id: UUID, now: datetime) -> int:
    return await tx.execute(
        """
        UPDATE saved_methods SET deleted_at = $2, forget_due_at = $2, source_mac = NULL
        WHERE customer_id = $1 AND deleted_at IS NULL
        """,
        customer_id,
        now,
    )


async def claim_forgetting(db: Connection, now: datetime, most: int) -> list[SavedRecord]:
    """Those that a processor must still forget, each due again after a longer pause."""
    rows = await db.fetch(
        f"""
        UPDATE saved_methods SET forget_tries = forget_tries + 1,
            forget_due_at = $1::timestamptz + $2::interval * power(2, least(forget_tries, 8))
        WHERE id IN (SELECT id FROM saved_methods WHERE forget_due_at <= $1 ORDER BY forget_due_at LIMIT $3
            FOR UPDATE SKIP LOCKED)
        RETURNING {_COLUMNS}
        """,
        now,
        timedelta(minutes=1),
        most,
    )
    return [_record(row) for row in rows]


async def forgotten(db: Connection, method_id: UUID) -> None:
    await db.execute(
        "UPDATE saved_methods SET sealed_source = NULL, forget_due_at = NULL WHERE id = $1", method_id
    )
