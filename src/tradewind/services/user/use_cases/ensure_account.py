from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tradewind.contracts.user import UserRegistered
from tradewind.ports.database import Transaction, UniqueViolation
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.accounts import checked_roles, normalised_email
from tradewind.services.user.domain.passwords import checked_password
from tradewind.services.user.shapes import Customer
from tradewind.services.user.store import accounts

BY = "ensure_account"


async def ensure_account(deps: Deps, email: str, name: str, password: str, roles: Sequence[str]) -> UUID:
    """The id of the account with this address, made if there is none, and holding at least these roles.

    For the demo shop and an installation's first administrator. The password of an account that exists stays
    what it is. Raises Invalid for a password or a role that registration would refuse.
    """
    email, wanted = normalised_email(email), checked_roles(roles)
    chosen = checked_password(password, email)
    async with deps.db.begin() as tx:
        known = await _with_roles(deps, tx, email, wanted)
    if known is not None:
        return known
    async with deps.passwords.turn():
        password_hash = await deps.passwords.hash(chosen)
    account = Customer(deps.clock.new_id(), email, name, "en", wanted, deps.clock.now())
    try:
        async with deps.db.begin() as tx:
            await accounts.insert_account(tx, account, password_hash)
            await deps.outbox.append(tx, UserRegistered(account.account_id, email, name, "en"))
        return account.account_id
    except UniqueViolation as violation:
        if violation.constraint != "accounts_email_key":
            raise
    async with deps.db.begin() as tx:
        made_meanwhile = await _with_roles(deps, tx, email, wanted)
    assert made_meanwhile is not None, "it was registered a moment ago"
    return made_meanwhile


async def _with_roles(deps: Deps, tx: Transaction, email: str, roles: Sequence[str]) -> UUID | None:
    await accounts.lock_administrators(tx)
    found = await accounts.lock_account_by_email(tx, email)
    if found is None:
        return None
    account = found.customer
    if not set(roles) <= set(account.roles):
        every = sorted(set(roles) | set(account.roles))
        await accounts.set_roles(tx, deps.clock.new_id(), account, every, BY, deps.clock.now())
    return account.account_id
