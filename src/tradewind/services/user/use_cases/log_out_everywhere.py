from __future__ import annotations

from uuid import UUID

from tradewind.kernel.idempotency import Once
from tradewind.services.user.deps import Deps
from tradewind.services.user.store import accounts, sessions


async def log_out_everywhere(deps: Deps, account_id: UUID, once: Once) -> None:
    """End every session of the account, this one too. API keys stay."""
    async with deps.db.begin() as tx:
        await accounts.lock_account(tx, account_id)
        await sessions.delete_sessions(tx, account_id)
        return await once.answer(tx, None)
