from __future__ import annotations

from uuid import UUID

from tradewind.kernel.idempotency import Once
from tradewind.services.user import tokens
from tradewind.services.user.deps import Deps
from tradewind.services.user.store import sessions


async def log_out(deps: Deps, account_id: UUID, token: str, once: Once) -> None:
    """End the session of this token. One that ended before is no error."""
    async with deps.db.begin() as tx:
        await sessions.delete_session_of_token(tx, account_id, tokens.token_hash(token))
        return await once.answer(tx, None)
