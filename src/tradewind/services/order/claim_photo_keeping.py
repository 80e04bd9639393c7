"""How long photos of claims are kept: until so many days after the claim ended, or until the account is closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tradewind.contracts.user import AccountClosed
from tradewind.kernel.service import Subscription
from tradewind.ports.database import Transaction
from tradewind.services.order.deps import Deps
from tradewind.services.order.store import claim_photos

AT_ONCE: Final = 200


async def delete_claim_photos(deps: Deps) -> str:
    """The bytes first, then what is known of them: who dies in between leaves it to the next round."""
    now = deps.clock.now()
    await claim_photos.let_go_of_ended(deps.db, now - timedelta(days=deps.settings.claim_photo_days), now)
    due = await claim_photos.due(deps.db, now, AT_ONCE)
    for _, blob in due:
        await deps.blobs.delete(blob)
    await claim_photos.forget(deps.db, [photo_id for photo_id, _ in due], now)
    return f"{len(due)} deleted"


async def forget_photos(deps: Deps, tx: Transaction, event: AccountClosed) -> None:
    await claim_photos.let_go_of_account(tx, event.account_id, deps.clock.now())


CLAIM_PHOTO_KEEPING = (Subscription(AccountClosed, forget_photos),)
