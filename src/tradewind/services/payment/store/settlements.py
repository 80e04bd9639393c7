"""Settlement files as rows. Order of locks: a processor's advisory lock before anything else of these tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Row, Transaction
from tradewind.ports.settlement import SettlementLine
from tradewind.services.payment.reconciling import Books, Earlier, Judged, OurDispute, OurOperation
from tradewind.services.payment.references import (
    OperationKey,
    parse_reference,
)

# What lines were found for: all of it, once one of them was another amount or a person wrote the rest off.
_LEFT = """
    CASE WHEN EXISTS (SELECT FROM settlement_exceptions AS open
            WHERE open.operation_id = operations.id AND open.kind = operations.kind
                AND (open.problem IN ('amount_differs', 'currency_differs')
                    OR open.resolution = 'difference_posted')) THEN 0
        ELSE operations.amount_minor - coalesce((SELECT sum(abs(amount_minor)) FROM settlement_lines
            WHERE operation_id = operations.id AND operation_kind = operations.kind AND state = 'matched'), 0)
    END::bigint
"""


async def lock(tx: Transaction, processor: str) -> None:
    """One file of a processor at a time: each line is told against those before it."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('settlement:' || $1, 0))", processor)


async def taken(tx: Transaction, processor: str, digest: bytes) -> UUID | None:
    found: UUID | None = await tx.value(
        "SELECT id FROM settlements WHERE processor = $1 AND file_hash = $2", processor, digest
    )
    return found


async def books(tx: Transaction, processor: str, lines: Sequence[SettlementLine]) -> Books:
    """What we have of everything that these lines name."""
    keys = sorted({key for line in lines for key in line.keys})
    return Books(
        await _earlier(tx, processor, lines),
        await _operations(tx, processor, keys),
        await _disputes(tx, processor, keys),
    )


async def insert(
    tx: Transaction,
    settlement_id: UUID,
    processor: str,
    form: str,
    digest: bytes,
    file_name: str,
    judged: Sequence[Judged],
    actor: str,
    now: datetime,
) -> None:
    days = [one.line.settled_on for one in judged]
    await tx.execute(
        """
        INSERT INTO settlements (id, processor, format, file_hash, file_name, lines, first_day, last_day,
            uploaded_by, uploaded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        settlement_id,
        processor,
        form,
        digest,
        file_name,
        len(judged),
        min(days),
        max(days),
        actor,
        now,
    )
    for one in judged:
        await _insert_line(tx, settlement_id, processor, one)


async def _insert_line(tx: Transaction, settlement_id: UUID, processor: str, one: Judged) -> None:
    line, operation = one.line, one.operation
    await tx.execute(
        """
        INSERT INTO settlement_lines (settlement_id, line, processor, kind, reference, keys, amount_minor,
            fee_minor, currency, settled_on, payout, state, operation_kind, operation_id, dispute_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """,
        settlement_id,
        line.number,
        processor,
        line.kind,
        line.reference,
        list(line.keys),
        line.amount_minor,
        line.fee_minor,
        line.currency,
        line.settled_on,
        line.payout,
        one.state,
        operation.kind if operation else None,
        operation.id if operation else None,
        one.dispute.id if one.dispute else None,
    )


async def insert_exception(
    tx: Transaction, exception_id: UUID, settlement_id: UUID, processor: str, one: Judged, now: datetime
) -> None:
    line, operation = one.line, one.operation
    await tx.execute(
        """
        INSERT INTO settlement_exceptions (id, processor, problem, settlement_id, line, kind, reference,
            operation_id, order_id, amount_minor, fee_minor, currency, expected_minor, expected_currency,
            created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """,
        exception_id,
        processor,
        one.problem,
        settlement_id,
        line.number,
        line.kind,
        line.reference,
        operation.id if operation else None,
        one.order_id,
        line.amount_minor,
        one.fee_minor,
        line.currency,
        one.expected_minor,
        one.expected_currency or line.currency,
        now,
    )


async def close_missing(tx: Transaction, operations: Sequence[OurOperation], now: datetime) -> int:
    """What was missing has come."""
    return await tx.execute(
        """
        UPDATE settlement_exceptions SET state = 'resolved', resolution = 'settled',
            resolved_by = 'settlement file', resolved_at = $3
        FROM unnest($1::uuid[], $2::text[]) AS come (id, kind)
        WHERE operation_id = come.id AND settlement_exceptions.kind = come.kind AND problem = 'missing'
            AND state = 'open'
        """,
        [one.id for one in operations],
        [one.kind for one in operations],
        now,
    )


async def overdue(tx: Transaction, processor: str, before: datetime, most: int) -> Sequence[Row]:
    """Captures and refunds that no line was found for, though files of later days were taken in."""
    return await tx.fetch(
        f"""
        SELECT operations.id, operations.kind, operations.order_id, payments.currency, {_LEFT} AS left_minor
        FROM operations JOIN attempts USING (order_id, number, attempt)
            JOIN payments USING (order_id, number)
        WHERE operations.state = 'succeeded' AND operations.kind IN ('capture', 'refund')
            AND attempts.processor = $1 AND payments.method IN ('card', 'paypal')
            AND operations.settled_at < $2 AND operations.settled_at::date <= (
                SELECT max(last_day) FROM settlements WHERE processor = $1)
            AND {_LEFT} > 0
            AND NOT EXISTS (SELECT FROM settlement_exceptions AS told
                WHERE told.operation_id = operations.id AND told.kind = operations.kind
                    AND told.problem = 'missing')
        ORDER BY operations.settled_at LIMIT $3
        """,
        processor,
        before,
        most,
    )


async def insert_missing(
    tx: Transaction, exception_id: UUID, processor: str, row: Row, now: datetime
) -> None:
    expected = row["left_minor"] if row["kind"] == "capture" else -row["left_minor"]
    await tx.execute(
        """
        INSERT INTO settlement_exceptions (id, processor, problem, kind, reference, operation_id, order_id,
            amount_minor, fee_minor, currency, expected_minor, expected_currency, created_at)
        VALUES ($1, $2, 'missing', $3, $3 || '-' || $4::uuid, $4, $5, 0, 0, $6, $7, $6, $8)
        """,
        exception_id,
        processor,
        row["kind"],
        row["id"],
        row["order_id"],
        row["currency"],
        expected,
        now,
    )


async def note(tx: Transaction, exception_id: UUID, text: str) -> bool:
    kept = await tx.execute("UPDATE settlement_exceptions SET note = $2 WHERE id = $1", exception_id, text)
    return kept == 1


async def resolve(
    tx: Transaction, exception_id: UUID, resolution: str, text: str, actor: str, now: datetime
) -> Row | None:
    """None where it is not open, or not there."""
    return await tx.row(
        """
        UPDATE settlement_exceptions SET state = 'resolved', resolution = $2, resolved_by = $4, resolved_at = $5,
            note = CASE $3 WHEN '' THEN note ELSE $3 END
        WHERE id = $1 AND state = 'open'
        RETURNING processor, amount_minor, fee_minor, currency, expected_minor, expected_currency, order_id
        """,
        exception_id,
        resolution,
        text,
        actor,
        now,
    )


async def _earlier(
    tx: Transaction, processor: str, lines: Sequence[SettlementLine]
) -> dict[tuple[str, str], Earlier]:
    """As they were first told."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (kind, reference) kind, reference, amount_minor, fee_minor, currency
        FROM settlement_lines JOIN settlements ON settlements.id = settlement_id
        WHERE settlement_lines.processor = $1 AND reference = ANY ($2::text[])
        ORDER BY kind, reference, uploaded_at, line
        """,
        processor,
        [line.reference for line in lines],
    )
    return {
        (row["kind"], row["reference"]): Earlier(row["amount_minor"], row["fee_minor"], row["currency"])
        for row in rows
    }


async def _operations(tx: Transaction, processor: str, keys: list[str]) -> list[OurOperation]:
    ours = [key for key in map(parse_reference, keys) if isinstance(key, OperationKey)]
    rows = await tx.fetch(
        f"""
        SELECT operations.id, operations.kind, operations.order_id, operations.processor_id,
            attempts.processor_id AS held_id, operations.amount_minor, payments.currency, {_LEFT} AS left_minor
        FROM operations JOIN attempts USING (order_id, number, attempt)
            JOIN payments USING (order_id, number)
        WHERE attempts.processor = $1 AND operations.state = 'succeeded'
            AND operations.kind IN ('capture', 'refund')
            AND (operations.processor_id = ANY ($2::text[]) OR attempts.processor_id = ANY ($2::text[])
                OR operations.id = ANY ($3::uuid[]))
        ORDER BY operations.settled_at, operations.id
        """,
        processor,
        keys,
        [key.id for key in ours],
    )
    return [
        OurOperation(
            row["kind"],
            row["id"],
            row["order_id"],
            frozenset(one for one in (f"{row['kind']}-{row['id']}", row["processor_id"]) if one),
            frozenset(one for one in (row["held_id"],) if one),
            row["amount_minor"],
            row["currency"],
            row["left_minor"],
        )
        for row in rows
    ]


async def _disputes(tx: Transaction, processor: str, keys: list[str]) -> list[OurDispute]:
    """By their own names, or by that of a capture of the payment that they are of."""
    rows = await tx.fetch(
        """
        SELECT disputes.id, disputes.order_id, disputes.processor_id, disputes.amount_minor, disputes.currency,
            disputes.state = 'won' AS won,
            array(SELECT processor_id FROM operations WHERE operations.order_id = disputes.order_id
                AND operations.number = disputes.number AND kind = 'capture' AND processor_id IS NOT NULL) AS of,
            coalesce((SELECT sum(amount_minor) FROM ledger_entries WHERE account = 'fees'
                AND reference = 'dispute-opened-' || disputes.id), 0)::bigint AS fee_minor
        FROM disputes
        WHERE processor = $1 AND (processor_id = ANY ($2::text[]) OR EXISTS (
            SELECT FROM operations WHERE operations.order_id = disputes.order_id
                AND operations.number = disputes.number AND operations.processor_id = ANY ($2::text[])))
        ORDER BY disputes.id
        """,
        processor,
        keys,
    )
    return [
        OurDispute(
            row["id"],
            row["order_id"],
            frozenset((row["processor_id"], *row["of"])),
            row["amount_minor"],
            row["currency"],
            row["won"],
            row["fee_minor"],
        )
        for row in rows
    ]
