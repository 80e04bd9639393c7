from __future__ import annotations

from uuid import UUID

import msgspec

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.addresses import MOST_ADDRESSES, checked_address
from tradewind.services.user.shapes import AddressEntry, SavedAddress
from tradewind.services.user.store import accounts, addresses


async def add_address(deps: Deps, account_id: UUID, command: AddressEntry, once: Once) -> SavedAddress:
    """Raises Invalid naming the part, or Conflict when the account has as many as it may."""
    entry = msgspec.structs.replace(command, address=checked_address(command.address))
    async with deps.db.begin() as tx:
        await accounts.lock_account(tx, account_id)
        saved = await addresses.insert_address(tx, deps.clock.new_id(), account_id, entry, deps.clock.now())
        if saved is None:
            raise Conflict("too_many_addresses", f"keep at most {MOST_ADDRESSES}: remove one first")
        return await once.answer(tx, saved)
