"""Claims as rows. Order of locks: the order's row first, then its lines and claims."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.domain.after_sale import CLAIM_TRANSITIONS, Pieces, origins
from tradewind.services.order.shapes.orders import FulfilLine
from tradewind.services.order.store.claim_photos import PhotoRecord


class ClaimRecord(msgspec.Struct, frozen=True):
    claim_id: UUID
    order_id: UUID
    number: int
    kind: str
    state: str
    lines: list[FulfilLine]
    evidence: list[str]
    note: str
    by_customer: bool
    actor: str
    created_at: datetime
    updated_at: datetime
    outcome: str | None = None
    decision: str | None = None
    refund_id: UUID | None = None
    replacement: list[Pieces] = []
    attempt: int = 0  # of reserving a replacement: under another change each time
    carrier: str = ""
    tracking_number: str = ""
    failure: str | None = None
    moved_by: str | None = None
    photos: list[PhotoRecord] = []

    @property
    def doer(self) -> str:
        """Who decided it, or sent what was decided."""
        return self.moved_by or self.actor


_decode = msgspec.json.Decoder(ClaimRecord).decode
_CLAIM = """
    SELECT (to_jsonb(c) || jsonb_build_object('photos', coalesce((
        SELECT jsonb_agg(to_jsonb(p) ORDER BY p.added_at, p.photo_id) FROM claim_photos p
        WHERE p.claim_id = c.claim_id AND p.delete_at IS NULL), '[]')))::text
    FROM order_claims c
"""


async def load(db: Connection, claim_id: UUID) -> ClaimRecord | None:
    text = await db.value(f"{_CLAIM} WHERE c.claim_id = $1", claim_id)
    return None if text is None else _decode(text)


async def of_order(db: Connection, order_id: UUID) -> list[ClaimRecord]:
    rows = await db.fetch(f"{_CLAIM} WHERE c.order_id = $1 ORDER BY c.number", order_id)
    return [_decode(row[0]) for row in rows]


async def claimable(tx: Transaction, order_id: UUID, lines: Sequence[FulfilLine]) -> bool:
    """Whether so many pieces left in parcels, and no other claim that is open or was accepted has them. The order
    is locked."""
    enough = await tx.value(
        """
        WITH sent AS (
            SELECT piece ->> 'sku' AS sku, sum((piece ->> 'quantity')::int) AS quantity
            FROM fulfilments f, jsonb_array_elements(f.lines) AS piece
            WHERE f.order_id = $1 AND f.state IN ('shipped', 'delivered') GROUP BY 1),
        claimed AS (
            SELECT piece ->> 'sku' AS sku, sum((piece ->> 'quantity')::int) AS quantity
            FROM order_claims c, jsonb_array_elements(c.lines) AS piece
            WHERE c.order_id = $1 AND c.state NOT IN ('refused', 'cancelled') GROUP BY 1)
        SELECT bool_and(wanted.quantity <= coalesce(sent.quantity, 0) - coalesce(claimed.quantity, 0))
        FROM unnest($2::text[], $3::int[]) AS wanted (sku, quantity)
        LEFT JOIN sent USING (sku) LEFT JOIN claimed USING (sku)
        """,
        order_id,
        [line.sku for line in lines],
        [line.quantity for line in lines],
    )
    return bool(enough)


async def insert(tx: Transaction, claim: ClaimRecord) -> None:
    """With the next number of its order, which is locked."""
    await tx.execute(
        """
        INSERT INTO order_claims (claim_id, order_id, number, kind, state, lines, evidence, note, by_customer, actor,
            created_at, updated_at)
        SELECT $1, $2, 1 + count(*), $3, 'requested', $4::jsonb, $5::jsonb, $6, $7, $8, $9, $9
        FROM order_claims WHERE order_id = $2
        """,
        claim.claim_id,
        claim.order_id,
        claim.kind,
        msgspec.json.encode(claim.lines).decode(),
        msgspec.json.encode(claim.evidence).decode(),
        claim.note,
        claim.by_customer,
        claim.actor,
        claim.created_at,
    )


async def move(
    tx: Transaction,
    claim_id: UUID,
    to: str,
    now: datetime,
    *,
    resume_at: datetime | None = None,
    outcome: str | None = None,
    decision: str | None = None,
    refund_id: UUID | None = None,
    replacement: Sequence[Pieces] | None = None,
    carrier: str | None = None,
    tracking_number: str | None = None,
    failure: str | None = None,
    by: str | None = None,
) -> bool:
    """False unless its state allows that. The order is locked. Going back to `requested` takes the outcome away."""
    return bool(
        await tx.execute(
            """
            UPDATE order_claims SET state = $2, updated_at = $3, resume_at = $4,
                outcome = CASE WHEN $2 = 'requested' THEN NULL ELSE coalesce($5, outcome) END,
                decision = coalesce($6, decision), refund_id = coalesce($7, refund_id),
                replacement = coalesce($8::jsonb, replacement), carrier = coalesce($9, carrier),
                tracking_number = coalesce($10, tracking_number), failure = $11,
                attempt = attempt + CASE WHEN $2 = 'accepted' THEN 1 ELSE 0 END, moved_by = coalesce($13, moved_by)
            WHERE claim_id = $1 AND state = ANY ($12::text[])
            """,
            claim_id,
            to,
            now,
            resume_at,
            outcome,
            decision,
            refund_id,
            None if replacement is None else msgspec.json.encode(replacement).decode(),
            carrier,
            tracking_number,
            failure,
            origins(CLAIM_TRANSITIONS, to),
            by,
        )
    )


async def take_due(db: Connection, now: datetime, lease_until: datetime, most: int) -> list[UUID]:
    """Claims left in the middle, each lent to this caller until `lease_until`."""
    rows = await db.fetch(
        """
        UPDATE order_claims SET resume_at = $2 WHERE claim_id IN (
            SELECT claim_id FROM order_claims WHERE resume_at <= $1 ORDER BY resume_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING claim_id
        """,
        now,
        lease_until,
        most,
    )
    return [row["claim_id"] for row in rows]
