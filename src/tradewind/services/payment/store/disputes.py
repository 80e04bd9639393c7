"""Disputes as rows, as their processor last told of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.common import Money, Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row, Transaction
from tradewind.ports.payment_gateway import Dispute
from tradewind.services.payment.references import AttemptKey
from tradewind.services.payment.shapes.disputes import DisputeShown, DisputesQuery, EvidenceBody

OPEN = ("needs_response", "under_review")
_COLUMNS = """
    disputes.id, disputes.order_id, payments.id AS payment_id, disputes.processor, disputes.processor_id,
    disputes.state, disputes.amount_minor, disputes.currency, disputes.reason, disputes.evidence::text AS evidence,
    disputes.evidence_due_at, disputes.submitting, disputes.submitted_at, disputes.closed_at, disputes.created_at
"""
_FROM = "FROM disputes JOIN payments USING (order_id, number)"


@dataclass(frozen=True, slots=True)
class Told:
    """What a processor's word changed. `before` None: it was not known. `held_minor` is what of its amount was
    neither given back nor disputed when it was heard of."""

    dispute_id: UUID
    payment_id: UUID
    before: str | None
    held_minor: int


async def tell(
    tx: Transaction, processor: str, it: Dispute, key: AttemptKey, new_id: UUID, now: datetime
) -> Told | None:
    """None where the payment is not one of ours, or not of this processor, currency and amount."""
    payment = await tx.row(
        """
        SELECT payments.id, captured_minor - refunded_minor - refunding_minor - disputed_minor AS left_minor
        FROM payments JOIN attempts USING (order_id, number, attempt)
        WHERE payments.order_id = $1 AND payments.number = $2 AND attempts.processor = $3
            AND payments.currency = $4 AND $5 <= payments.captured_minor
        FOR UPDATE OF payments
        """,
        key.order_id,
        key.number,
        processor,
        it.currency,
        it.amount_minor,
    )
    if payment is None:
        return None
    # Read after the lock was had, not with it: another may have moved it while this one waited.
    row = await tx.row(
        "SELECT id, state, amount_minor, held_minor FROM disputes WHERE processor = $1 AND processor_id = $2",
        processor,
        it.dispute_id,
    )
    if row is None:
        held_minor = min(it.amount_minor, max(0, payment["left_minor"]))
        await _insert(tx, processor, it, key, new_id, held_minor, now)
        if it.status != "won":
            await _hold(tx, payment["id"], it.amount_minor, now)
        return Told(new_id, payment["id"], None, held_minor)
    if row["state"] in OPEN:
        await tx.execute(
            """
            UPDATE disputes SET state = $2, evidence_due_at = $3, version = version + 1, updated_at = $4,
                submitting = submitting AND $2 = 'needs_response',
                submitted_at = CASE WHEN $2 <> 'needs_response' THEN coalesce(submitted_at, $4)
                    ELSE submitted_at END,
                closed_at = CASE WHEN $2 IN ('won', 'lost') THEN $4 END
            WHERE id = $1 AND state IN ('needs_response', 'under_review')
            """,
            row["id"],
            it.status,
            it.evidence_due_at,
            now,
        )
        if it.status == "won":
            await _hold(tx, payment["id"], -row["amount_minor"], now)
    return Told(row["id"], payment["id"], row["state"], row["held_minor"])


async def _insert(
    tx: Transaction,
    processor: str,
    it: Dispute,
    key: AttemptKey,
    new_id: UUID,
    held_minor: int,
    now: datetime,
) -> None:
    """With the refunds that were begun before: what they give back as well is nobody's mistake here."""
    await tx.execute(
        """
        INSERT INTO disputes (id, order_id, number, processor, processor_id, state, amount_minor, currency,
            reason, evidence_due_at, closed_at, created_at, updated_at, held_minor, refunds_before)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN $6 IN ('won', 'lost')
            THEN $11::timestamptz END, $11, $11, $12, ARRAY (SELECT id FROM operations
                WHERE order_id = $2 AND number = $3 AND kind = 'refund' AND state <> 'failed'))
        """,
        new_id,
        key.order_id,
        key.number,
        processor,
        it.dispute_id,
        it.status,
        it.amount_minor,
        it.currency,
        it.reason[:200],
        it.evidence_due_at,
        now,
        held_minor,
    )


async def _hold(tx: Transaction, payment_id: UUID, amount_minor: int, now: datetime) -> None:
    """From here on no refund takes it; below zero it may be refunded again, and of an order that was cancelled
    meanwhile it is."""
    await tx.execute(
        """
        UPDATE payments SET disputed_minor = disputed_minor + $2, updated_at = $3,
            closing_due_at = CASE WHEN $2 < 0 AND void_requested_at IS NOT NULL THEN $3 ELSE closing_due_at END
        WHERE id = $1
        """,
        payment_id,
        amount_minor,
        now,
    )


async def keep_evidence(tx: Transaction, dispute_id: UUID, evidence: EvidenceBody, now: datetime) -> bool:
    """False unless an answer is awaited and none was sent."""
    kept = await tx.execute(
        """
        UPDATE disputes SET evidence = $2::jsonb, version = version + 1, updated_at = $3
        WHERE id = $1 AND state = 'needs_response' AND NOT submitting
        """,
        dispute_id,
        msgspec.json.encode(evidence).decode(),
        now,
    )
    return kept == 1


async def begin_submission(tx: Transaction, dispute_id: UUID, now: datetime) -> bool:
    """The intent, before the processor is called. Again for one whose outcome is not known."""
    begun = await tx.execute(
        """
        UPDATE disputes SET submitting = true, version = version + 1, updated_at = $2
        WHERE id = $1 AND state = 'needs_response'
        """,
        dispute_id,
        now,
    )
    return begun == 1


async def end_submission(tx: Connection, dispute_id: UUID, now: datetime, *, taken: bool) -> None:
    await tx.execute(
        """
        UPDATE disputes SET submitting = false, updated_at = $2,
            submitted_at = CASE WHEN $3 THEN $2 ELSE submitted_at END
        WHERE id = $1
        """,
        dispute_id,
        now,
        taken,
    )


async def shown(db: Connection, dispute_id: UUID) -> DisputeShown | None:
    row = await db.row(f"SELECT {_COLUMNS} {_FROM} WHERE disputes.id = $1", dispute_id)
    return None if row is None else _shown(row)


async def listed(db: Connection, query: DisputesQuery) -> Page[DisputeShown]:
    before = decode_cursor(query.cursor, tuple[UUID])[0] if query.cursor else None
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} {_FROM}
        WHERE ($1::text IS NULL OR disputes.state = $1) AND ($2::uuid IS NULL OR disputes.order_id = $2)
            AND ($3::uuid IS NULL OR disputes.id < $3)
        ORDER BY disputes.id DESC LIMIT $4
        """,
        query.state,
        query.order_id,
        before,
        query.limit + 1,
    )
    page = rows[: query.limit]
    following = encode_cursor(page[-1]["id"]) if len(rows) > query.limit else None
    return Page([_shown(row) for row in page], following)


async def open_ones(db: Connection, most: int) -> list[tuple[str, str]]:
    """Processor and its id, of those that are not decided, longest untouched first."""
    rows = await db.fetch(
        """
        SELECT processor, processor_id FROM disputes WHERE state IN ('needs_response', 'under_review')
        ORDER BY updated_at LIMIT $1
        """,
        most,
    )
    return [(row["processor"], row["processor_id"]) for row in rows]


def _shown(row: Row) -> DisputeShown:
    evidence = None if row["evidence"] == "{}" else msgspec.json.decode(row["evidence"], type=EvidenceBody)
    return DisputeShown(
        row["id"],
        row["order_id"],
        row["payment_id"],
        row["processor"],
        row["processor_id"],
        row["state"],
        Money(row["amount_minor"], row["currency"]),
        row["reason"],
        evidence,
        row["evidence_due_at"],
        row["submitting"],
        row["submitted_at"],
        row["closed_at"],
        row["created_at"],
    )
