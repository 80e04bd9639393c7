"""Writes to transfers. The transfer's row is locked first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tradewind.ports.database import Connection, Transaction
from tradewind.services.inventory.shapes.transfers import ArrivedDraft, TransferDraft

Part = tuple[str, str | None]  # a SKU, and its lot where it has lots


@dataclass(frozen=True)
class Header:
    number: str
    source: str
    destination: str


async def insert(
    tx: Transaction,
    transfer_id: UUID,
    number: str,
    draft: TransferDraft,
    pieces: Mapping[Part, int],
    actor: str,
    now: datetime,
) -> None:
    """Raises ForeignKeyViolation of transfers_source_fkey or transfers_destination_fkey."""
    await tx.execute(
        """
        INSERT INTO transfers (transfer_id, number, source, destination, state, version, note, expected_on,
            created_by, created_at, updated_at)
        VALUES ($1, $2, $3, $4, 'draft', 1, $5, $6, $7, $8, $8)
        """,
        transfer_id,
        number,
        draft.source,
        draft.destination,
        draft.note,
        draft.expected_on,
        actor,
        now,
    )
    await tx.execute(
        """
        INSERT INTO transfer_lines (transfer_id, sku, lot, quantity)
        SELECT $1, sku, coalesce(lot, ''), quantity
        FROM unnest($2::text[], $3::text[], $4::integer[]) AS line (sku, lot, quantity)
        """,
        transfer_id,
        [sku for sku, _ in pieces],
        [lot for _, lot in pieces],
        list(pieces.values()),
    )


async def header(tx: Transaction, transfer_id: UUID) -> Header:
    """Of a transfer that the caller has locked."""
    row = await tx.row(
        "SELECT number, source, destination FROM transfers WHERE transfer_id = $1", transfer_id
    )
    assert row is not None, "the caller holds it"
    return Header(*row)


async def mark_sent(tx: Transaction, transfer_id: UUID, now: datetime) -> None:
    await tx.execute("UPDATE transfers SET sent_at = $2 WHERE transfer_id = $1", transfer_id, now)


async def in_transit(connection: Connection, transfer_id: UUID) -> dict[Part, int]:
    """Pieces of which nothing is known yet; of a draft, all."""
    rows = await connection.fetch(
        """
        SELECT sku, nullif(lot, '') AS lot, quantity - received - damaged - missing AS pieces
        FROM transfer_lines WHERE transfer_id = $1 ORDER BY sku, lot
        """,
        transfer_id,
    )
    return {(row["sku"], row["lot"]): row["pieces"] for row in rows}


async def expiries(connection: Connection, source: str, parts: Collection[Part]) -> dict[Part, date | None]:
    """Until when lots that were sent may be sold: they are the same lots where they arrive."""
    rows = await connection.fetch(
        """
        SELECT sku, lot, expires_on FROM lots JOIN unnest($2::text[], $3::text[]) AS part (sku, lot) USING (sku, lot)
        WHERE warehouse = $1
        """,
        source,
        [sku for sku, _ in parts],
        [lot for _, lot in parts],
    )
    return {(row["sku"], row["lot"]): row["expires_on"] for row in rows}


async def received_before(connection: Connection, transfer_id: UUID, reference: str) -> str | None:
    """The lines that came under this reference, as JSON."""
    lines: str | None = await connection.value(
        "SELECT lines FROM transfer_receipts WHERE transfer_id = $1 AND reference = $2",
        transfer_id,
        reference,
    )
    return lines


async def add_receipt(
    tx: Transaction, transfer_id: UUID, reference: str, lines: str, actor: str, now: datetime
) -> None:
    """`lines` as JSON."""
    await tx.execute(
        """
        INSERT INTO transfer_receipts (transfer_id, reference, lines, actor, at)
        VALUES ($1, $2, $3::jsonb, $4, $5)
        """,
        transfer_id,
        reference,
        lines,
        actor,
        now,
    )


async def count_arrived(tx: Transaction, transfer_id: UUID, lines: Sequence[ArrivedDraft]) -> None:
    """Raises CheckViolation of transfer_lines_within_quantity for more than was sent."""
    await tx.execute(
        """
        UPDATE transfer_lines SET received = transfer_lines.received + line.received,
            damaged = transfer_lines.damaged + line.damaged, missing = transfer_lines.missing + line.missing
        FROM unnest($2::text[], $3::integer[], $4::integer[], $5::integer[], $6::text[])
            AS line (sku, received, damaged, missing, lot)
        WHERE transfer_id = $1 AND transfer_lines.sku = line.sku AND transfer_lines.lot = coalesce(line.lot, '')
        """,
        transfer_id,
        [line.sku for line in lines],
        [line.received for line in lines],
        [line.damaged for line in lines],
        [line.missing for line in lines],
        [line.lot for line in lines],
    )
