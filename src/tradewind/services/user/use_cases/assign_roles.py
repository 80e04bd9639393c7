from __future__ import annotations

from uuid import UUID

from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.accounts import ADMINISTRATOR, checked_roles, may_change_roles
from tradewind.services.user.shapes import Customer, RoleAssignment
from tradewind.services.user.store import accounts


async def assign_roles(
    deps: Deps, caller: Principal, account_id: UUID, command: RoleAssignment, once: Once
) -> Customer:
    """Give an account these roles and no others; from its next request on. Raises NotFound, Forbidden, Conflict.

    Nobody gives or takes more than they hold, which a narrow API key of an administrator may not do either;
    and the last administrator stays one.
    """
    roles = checked_roles(command.roles)
    async with deps.db.begin() as tx:
        await accounts.lock_administrators(tx)
        account = (await accounts.lock_account(tx, account_id)).customer
        may_change_roles(caller.permissions, account.roles, roles)
        if ADMINISTRATOR in account.roles and ADMINISTRATOR not in roles:
            await accounts.check_administrator_remains(tx, account_id)
        if roles != account.roles:
            now = deps.clock.now()
            await accounts.set_roles(tx, deps.clock.new_id(), account, roles, caller.name, now)
        changed = Customer(
            account_id, account.email, account.name, account.language, roles, account.created_at
        )
        return await once.answer(tx, changed)
