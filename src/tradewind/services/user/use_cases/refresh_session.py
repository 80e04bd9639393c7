from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tradewind.kernel.idempotency import Once
from tradewind.services.user import tokens
from tradewind.services.user.deps import Deps
from tradewind.services.user.shapes import Refreshed
from tradewind.services.user.signing_in import session_invalid
from tradewind.services.user.store import sessions


async def refresh_session(deps: Deps, account_id: UUID, token: str, once: Once) -> Refreshed:
    """Another token for the same session; the old one ends with the commit. Raises Unauthenticated.

    Idleness counts from now on again; the session's last day stays what it was at log-in.
    """
    fresh, now = tokens.new_token(tokens.SESSION), deps.clock.now()
    idle = timedelta(days=deps.settings.idle_days)
    async with deps.db.begin() as tx:
        session = await sessions.rotate_session(
            tx, account_id, tokens.token_hash(token), tokens.token_hash(fresh), now, idle
        )
        if session is None:
            raise session_invalid()
        expires_at = session["expires_at"]
        refreshed = Refreshed(session["id"], fresh, expires_at, min(now + idle, expires_at))
        return await once.answer(tx, refreshed)
