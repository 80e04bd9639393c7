from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.user.deps import Deps
from tradewind.services.user.store import api_keys


async def revoke_api_key(deps: Deps, account_id: UUID, api_key_id: UUID, once: Once) -> None:
    """Works from the commit on. Raises NotFound."""
    async with deps.db.begin() as tx:
        if not await api_keys.delete_api_key(tx, account_id, api_key_id):
            raise NotFound("api_key_not_found", "you have no such API key")
        return await once.answer(tx, None)
