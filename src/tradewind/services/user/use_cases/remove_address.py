from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.user.deps import Deps
from tradewind.services.user.store import accounts, addresses


async def remove_address(deps: Deps, account_id: UUID, address_id: UUID, once: Once) -> None:
    """Orders keep the address that they were placed with. Raises NotFound."""
    async with deps.db.begin() as tx:
        await accounts.lock_account(tx, account_id)
        if not await addresses.delete_address(tx, address_id, account_id):
            raise NotFound("address_not_found", "you have no such address")
        return await once.answer(tx, None)
