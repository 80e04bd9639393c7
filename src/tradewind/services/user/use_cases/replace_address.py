from __future__ import annotations

from uuid import UUID

import msgspec

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.addresses import checked_address
from tradewind.services.user.shapes import AddressEntry, SavedAddress
from tradewind.services.user.store import accounts, addresses


async def replace_address(
    deps: Deps, account_id: UUID, address_id: UUID, command: AddressEntry, once: Once
) -> SavedAddress:
    """Raises Invalid naming the part, or NotFound."""
    entry = msgspec.structs.replace(command, address=checked_address(command.address))
    async with deps.db.begin() as tx:
        await accounts.lock_account(tx, account_id)
        saved = await addresses.replace_address(tx, address_id, account_id, entry)
        if saved is None:
            raise NotFound("address_not_found", "you have no such address")
        return await once.answer(tx, saved)
