from __future__ import annotations

from datetime import datetime, timedelta

from tradewind.contracts.user import Authenticated, NotAuthenticated
from tradewind.services.user import tokens
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.accounts import permissions_of, permissions_of_key
from tradewind.services.user.store import api_keys, sessions

SEEN_EVERY = timedelta(hours=1)
LONGEST_CREDENTIAL = 128


async def authenticate_credential(deps: Deps, credential: str) -> Authenticated | NotAuthenticated:
    """One indexed read; once an hour, a write of when the credential was last seen."""
    if len(credential) <= LONGEST_CREDENTIAL:
        if credential.startswith(tokens.SESSION):
            return await _of_session(deps, tokens.token_hash(credential), deps.clock.now())
        if credential.startswith(tokens.API_KEY):
            return await _of_api_key(deps, tokens.token_hash(credential), deps.clock.now())
    return NotAuthenticated()


async def _of_session(deps: Deps, token_hash: bytes, now: datetime) -> Authenticated | NotAuthenticated:
    row = await deps.db.row(
        """
        SELECT s.id, s.account_id, s.last_seen_at, a.roles
        FROM sessions s JOIN accounts a ON a.id = s.account_id
        WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_seen_at > $3 AND a.closed_at IS NULL
        """,
        token_hash,
        now,
        now - timedelta(days=deps.settings.idle_days),
    )
    if row is None:
        return NotAuthenticated()
    if row["last_seen_at"] < now - SEEN_EVERY:
        await sessions.touch_session(deps.db, row["id"], now, now - SEEN_EVERY)
    return Authenticated("account", row["account_id"], sorted(permissions_of(tuple(row["roles"]))))


async def _of_api_key(deps: Deps, token_hash: bytes, now: datetime) -> Authenticated | NotAuthenticated:
    row = await deps.db.row(
        """
        SELECT k.id, k.account_id, k.scopes, k.last_used_at, a.roles
        FROM api_keys k JOIN accounts a ON a.id = k.account_id
        WHERE k.token_hash = $1 AND (k.expires_at IS NULL OR k.expires_at > $2) AND a.closed_at IS NULL
        """,
        token_hash,
        now,
    )
    if row is None:
        return NotAuthenticated()
    if row["last_used_at"] is None or row["last_used_at"] < now - SEEN_EVERY:
        await api_keys.touch_api_key(deps.db, row["id"], now, now - SEEN_EVERY)
    permissions = permissions_of_key(row["scopes"], tuple(row["roles"]))
    return Authenticated("api_key", row["account_id"], permissions)
