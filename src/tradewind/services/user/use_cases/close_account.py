from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from tradewind.contracts.user import AccountClosed
from tradewind.kernel.idempotency import Once
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.accounts import ADMINISTRATOR, may_change_roles
from tradewind.services.user.signing_in import failures_subject
from tradewind.services.user.store import accounts, failures


async def close_account(
    deps: Deps, account_id: UUID, permissions: Collection[str] | None, once: Once
) -> None:
    """Anonymise for good: credentials end, what is personal is deleted; the address may register anew.

    `permissions` are those of the member of staff who closes it; None is the owner. Events that named the
    address stay in the outbox until it forgets them. Raises NotFound, Forbidden, Conflict.
    """
    async with deps.db.begin() as tx:
        await accounts.lock_administrators(tx)
        account = (await accounts.lock_account(tx, account_id)).customer
        if permissions is not None:
            may_change_roles(permissions, account.roles, [])
        if ADMINISTRATOR in account.roles:
            await accounts.check_administrator_remains(tx, account_id)
        await accounts.anonymise_account(tx, account_id, deps.clock.now())
        await failures.forget_failures(tx, failures_subject(deps, account.email))
        await deps.outbox.append(tx, AccountClosed(account_id))
        return await once.answer(tx, None)
