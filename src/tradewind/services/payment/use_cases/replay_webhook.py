"""Staff have a parked webhook looked at again, once what did not fit was mended."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.shapes.webhooks import WebhookShown
from tradewind.services.payment.store import webhooks
from tradewind.services.payment.use_cases.apply_webhook import apply_webhook


async def replay_webhook(deps: Deps, id_: UUID, once: Once) -> WebhookShown:
    """By what was read of it when its signature was good. Parked again where it still does not fit. Raises
    NotFound(received_webhook_not_found), Conflict(webhook_not_parked)."""
    async with deps.db.begin() as tx:
        began = await once.claim(tx)
        row = await webhooks.begin_replay(tx, id_)
        if row is None and began:
            if await webhooks.shown(tx, id_) is None:
                raise NotFound("received_webhook_not_found", "there is no such webhook")
            raise Conflict("webhook_not_parked", "only what is parked is looked at again")
    if row is not None:
        await apply_webhook(deps, row["processor"], webhooks.read_notice(row["notice"]))
    async with deps.db.begin() as tx:
        shown = await webhooks.shown(tx, id_)
        assert shown is not None, "those that are parked are not forgotten"
        return await once.complete(tx, shown)
