"""A customer shows what arrived broken. Only they and staff see it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

from tradewind.kernel.errors import Conflict, NotFound, Unavailable
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.kernel.pictures import taken_in
from tradewind.ports.blob import PRIVATE, BlobsUnavailable
from tradewind.ports.database import Transaction
from tradewind.services.order.access import find_claim
from tradewind.services.order.claim_views import photo_view
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.claims import ClaimPhoto
from tradewind.services.order.store import claim_photos, orders
from tradewind.services.order.store.claim_photos import PhotoRecord
from tradewind.services.order.store.claims import ClaimRecord
from tradewind.services.order.store.orders import OrderRecord

MOST_PHOTOS: Final = 5
ARRIVES_WITHIN: Final = timedelta(minutes=10)


async def add_claim_photo(
    deps: Deps, caller: Principal, order: OrderRecord, claim_id: UUID, content: bytes, once: Once
) -> ClaimPhoto:
    """While the claim is not decided. It is written down before its bytes are kept, and seen by nobody before they
    are: what was broken off in between is deleted by a job.

    Raises NotFound(claim_not_found), Conflict(claim_decided), Conflict(too_many_photos), what `taken_in` does, and
    Unavailable(pictures_unavailable).
    """
    picture, kept = await asyncio.to_thread(taken_in, content)
    now = deps.clock.now()
    photo_id = (
        uuid5(NAMESPACE_OID, f"{claim_id} {once.scope} {once.key}") if once.key else deps.clock.new_id()
    )
    photo = PhotoRecord(
        photo_id,
        claim_id,
        f"claim-{photo_id.hex}{PRIVATE}",
        picture.media_type,
        picture.width,
        picture.height,
        caller.name,
        now,
    )
    async with deps.db.begin() as tx:
        if await once.claim(tx):
            await orders.note(tx, order.order_id, "photo added to a claim", caller.name, now, kind="claim")
            await _open_claim(tx, order, claim_id)
        begun = await claim_photos.begin(tx, photo, MOST_PHOTOS, now + ARRIVES_WITHIN)
        if begun == "full":
            raise Conflict("too_many_photos", f"a claim has at most {MOST_PHOTOS} photos")
        if begun == "going":
            raise Unavailable(
                "pictures_unavailable",
                "what was broken off of this picture is being deleted: try again by a new Idempotency-Key, or later",
                retry_after_seconds=int(ARRIVES_WITHIN.total_seconds()),
            )
    try:
        await deps.blobs.put(photo.blob, kept)
    except BlobsUnavailable as error:
        raise Unavailable("pictures_unavailable", "the picture could not be kept: try again") from error
    async with deps.db.begin() as tx:
        if not await claim_photos.keep(tx, photo_id, deps.clock.now()):
            raise Unavailable("pictures_unavailable", "the picture took too long to be kept: try again")
        return await once.complete(tx, photo_view(photo))


async def remove_claim_photo(
    deps: Deps, caller: Principal, order: OrderRecord, claim_id: UUID, photo_id: UUID, once: Once
) -> None:
    """While the claim is not decided. Raises NotFound(claim_not_found), NotFound(photo_not_found),
    Conflict(claim_decided)."""
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        await orders.note(tx, order.order_id, "photo of a claim removed", caller.name, now, kind="claim")
        claim = await _open_claim(tx, order, claim_id)
        known = any(photo.photo_id == photo_id for photo in claim.photos)
        if not known or not await claim_photos.let_go(tx, photo_id, now):
            raise NotFound("photo_not_found", "this claim has no such photo")
        return await once.answer(tx, None)


async def _open_claim(tx: Transaction, order: OrderRecord, claim_id: UUID) -> ClaimRecord:
    """Raises NotFound(claim_not_found), Conflict(claim_decided)."""
    claim = await find_claim(tx, order, claim_id)
    if claim.state != "requested":
        raise Conflict("claim_decided", f"this claim is {claim.state}")
    return claim
