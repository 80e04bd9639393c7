"""Photos of claims as rows. Order of locks: as store/claims.py, whose order the caller has locked where it adds one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Transaction

_CLOCKS_DIFFER: Final = timedelta(minutes=1)  # at most, and so long may a lock be waited for


class PhotoRecord(msgspec.Struct, frozen=True):
    photo_id: UUID
    claim_id: UUID
    blob: str
    media_type: str
    width: int
    height: int
    actor: str
    added_at: datetime


async def begin(
    tx: Transaction, photo: PhotoRecord, most: int, delete_at: datetime
) -> Literal["begun", "full", "going"]:
    """Deleted from `delete_at` on, unless it was kept by then. One that was begun before is begun again, and one that
    was kept stays so. `full` where its claim, whose order is locked, has `most` already; `going` where it was begun so
    long ago that its bytes may just be being deleted: it may be begun once it is forgotten."""
    found: Literal["begun", "full", "going"] = await tx.value(
        """
        WITH begun AS (
            INSERT INTO claim_photos
                (photo_id, claim_id, blob, media_type, width, height, actor, added_at, delete_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
            WHERE (SELECT count(*) FROM claim_photos
                WHERE claim_id = $2 AND photo_id <> $1 AND (delete_at IS NULL OR delete_at > $8)) < $10
            ON CONFLICT (photo_id) DO UPDATE
            SET delete_at = CASE WHEN claim_photos.delete_at IS NULL THEN NULL ELSE excluded.delete_at END
            WHERE claim_photos.delete_at IS NULL OR claim_photos.delete_at > $8
            RETURNING true)
        SELECT CASE
            WHEN EXISTS (SELECT FROM begun) THEN 'begun'
            WHEN EXISTS (SELECT FROM claim_photos WHERE photo_id = $1 AND delete_at <= $8) THEN 'going'
            ELSE 'full' END
        """,
        photo.photo_id,
        photo.claim_id,
        photo.blob,
        photo.media_type,
        photo.width,
        photo.height,
        photo.actor,
        photo.added_at,
        delete_at,
        most,
    )
    return found


async def keep(tx: Transaction, photo_id: UUID, now: datetime) -> bool:
    """False where it took so long that it may have been deleted."""
    return bool(
        await tx.execute(
            """
            UPDATE claim_photos SET delete_at = NULL
            WHERE photo_id = $1 AND (delete_at IS NULL OR delete_at > $2)
            """,
            photo_id,
            now,
        )
    )


async def find(db: Connection, claim_id: UUID, photo_id: UUID) -> PhotoRecord | None:
    row = await db.row(
        """
        SELECT photo_id, claim_id, blob, media_type, width, height, actor, added_at FROM claim_photos
        WHERE claim_id = $1 AND photo_id = $2 AND delete_at IS NULL
        """,
        claim_id,
        photo_id,
    )
    return None if row is None else PhotoRecord(*row)


async def let_go(tx: Transaction, photo_id: UUID, now: datetime) -> bool:
    return bool(
        await tx.execute(
            "UPDATE claim_photos SET delete_at = $2 WHERE photo_id = $1 AND delete_at IS NULL", photo_id, now
        )
    )


async def let_go_of_account(tx: Transaction, account_id: UUID, now: datetime) -> None:
    await tx.execute(
        """
        UPDATE claim_photos SET delete_at = $2 FROM order_claims c JOIN orders o USING (order_id)
        WHERE c.claim_id = claim_photos.claim_id AND o.account_id = $1 AND delete_at IS NULL
        """,
        account_id,
        now,
    )


async def let_go_of_ended(db: Connection, before: datetime, now: datetime) -> None:
    """Of claims that were settled, refused or taken back by then."""
    await db.execute(
        """
        UPDATE claim_photos SET delete_at = $2 FROM order_claims c
        WHERE c.claim_id = claim_photos.claim_id AND c.state IN ('settled', 'refused', 'cancelled')
            AND c.updated_at < $1 AND delete_at IS NULL
        """,
        before,
        now,
    )


async def take_due(db: Connection, now: datetime, most: int) -> list[tuple[UUID, str]]:
    """Which are to be deleted, with their blobs; the longest due first. From then on none of them is begun or kept
    again, also by whose clock is behind; and one that could not be deleted comes after those that were due before."""
    rows = await db.fetch(
        """
        UPDATE claim_photos SET delete_at = $3 WHERE photo_id IN (
            SELECT photo_id FROM claim_photos WHERE delete_at <= $1
            ORDER BY delete_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING photo_id, blob
        """,
        now,
        most,
        now - _CLOCKS_DIFFER,
    )
    return [(row["photo_id"], row["blob"]) for row in rows]


async def forget(db: Connection, photo_ids: Sequence[UUID], now: datetime) -> None:
    await db.execute(
        "DELETE FROM claim_photos WHERE photo_id = ANY ($1::uuid[]) AND delete_at <= $2", list(photo_ids), now
    )
