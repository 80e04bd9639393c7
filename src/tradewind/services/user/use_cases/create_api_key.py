from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.user import tokens
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.accounts import checked_scopes, permissions_of
from tradewind.services.user.shapes import ApiKeyEntry, ApiKeyRequest, NewApiKey
from tradewind.services.user.store import accounts, api_keys

LONGEST_LIFE = timedelta(days=3660)


async def create_api_key(
    deps: Deps, account_id: UUID, permissions: Collection[str], command: ApiKeyRequest, once: Once
) -> NewApiKey:
    """A key with at most the creator's permissions, now and whenever it is used.

    Raises Invalid, Forbidden, or Conflict when the account has as many as it may.
    """
    now = deps.clock.now()
    _check_expiry(command.expires_at, now)
    token = tokens.new_token(tokens.API_KEY)
    async with deps.db.begin() as tx:
        account = await accounts.lock_account(tx, account_id)
        held = permissions_of(tuple(account.customer.roles)).intersection(permissions)
        key = ApiKeyEntry(
            deps.clock.new_id(),
            command.name.strip(),
            token[: tokens.SHOWN_CHARACTERS],
            checked_scopes(command.scopes, held),
            now,
            command.expires_at,
            None,
        )
        if not await api_keys.insert_api_key(tx, account_id, key, tokens.token_hash(token)):
            raise Conflict("too_many_api_keys", f"keep at most {api_keys.MOST_KEYS}: revoke one first")
        return await once.answer(tx, NewApiKey(key, token))


def _check_expiry(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and not now < expires_at <= now + LONGEST_LIFE:
        raise Invalid(
            "expiry_invalid", "a key expires in the future, within ten years, or never", field="expires_at"
        )
