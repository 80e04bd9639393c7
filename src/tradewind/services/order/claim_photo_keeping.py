"""How long photos of claims are kept: until so many days after the claim ended, or until the account is closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from tradewind.contracts.user import AccountClosed
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.service import Subscription
from tradewind.kernel.telemetry import log
from tradewind.ports.blob import BlobsUnavailable
from tradewind.ports.database import Transaction
from tradewind.services.order.deps import Deps
from tradewind.services.order.store import claim_photos

AT_ONCE: Final = 200


async def delete_claim_photos(deps: Deps) -> str:
    """The bytes first, then what is known of them: who dies in between leaves it to the next round. So does one that
    cannot be deleted, which keeps no other waiting. Raises Unavailable where none could be."""
    now = deps.clock.now()
    await claim_photos.let_go_of_ended(deps.db, now - timedelta(days=deps.settings.claim_photo_days), now)
    due = await claim_photos.take_due(deps.db, now, AT_ONCE)
    deleted: list[UUID] = []
    for photo_id, blob in due:
        try:
            await deps.blobs.delete(blob)
            deleted.append(photo_id)
        except BlobsUnavailable as error:
            log.warning("claim_photo_waits", photo_id=photo_id, error=str(error))
    await claim_photos.forget(deps.db, deleted, now)
    if due and not deleted:
        raise Unavailable("pictures_unavailable", f"none of {len(due)} photos could be deleted")
    waiting = len(due) - len(deleted)
    return f"{len(deleted)} deleted" + (f", {waiting} could not be" if waiting else "")


async def forget_photos(deps: Deps, tx: Transaction, event: AccountClosed) -> None:
    await claim_photos.let_go_of_account(tx, event.account_id, deps.clock.now())


CLAIM_PHOTO_KEEPING = (Subscription(AccountClosed, forget_photos),)
