from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.user.deps import Deps
from tradewind.services.user.store import sessions


async def revoke_session(deps: Deps, account_id: UUID, session_id: UUID, once: Once) -> None:
    """End one session of the account. Raises NotFound."""
    async with deps.db.begin() as tx:
        if not await sessions.delete_session(tx, account_id, session_id):
            raise NotFound("session_not_found", "you have no such session")
        return await once.answer(tx, None)
