from __future__ import annotations

from uuid import UUID

from msgspec import UNSET

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.user.deps import Deps
from tradewind.services.user.shapes import Customer, ProfileChange
from tradewind.services.user.store import accounts


async def update_profile(deps: Deps, account_id: UUID, command: ProfileChange, once: Once) -> Customer:
    """Change what is given, and leave the rest."""
    name = None if command.name is UNSET else command.name.strip()
    language = None if command.language is UNSET else command.language
    async with deps.db.begin() as tx:
        account = await accounts.update_profile(tx, account_id, name, language)
        if account is None:
            raise NotFound("account_not_found", "there is no such account")
        return await once.answer(tx, account)
