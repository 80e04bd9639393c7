"""A customer chooses what to be told."""

from __future__ import annotations

from tradewind.contracts.user import Account
from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.notification import queries
from tradewind.services.notification.deps import Deps
from tradewind.services.notification.domain import KINDS, language_of
from tradewind.services.notification.shapes import Choices, Preferences
from tradewind.services.notification.store import messages, preferences


async def choose_preferences(deps: Deps, account: Account, choices: Choices, once: Once) -> Preferences:
    """Raises Invalid(kind_mandatory) for one that nobody can do without."""
    chosen = {choice.kind: choice.enabled for choice in choices.items}
    for index, choice in enumerate(choices.items):
        if not KINDS[choice.kind].optional and not choice.enabled:
            raise Invalid(
                "kind_mandatory",
                f"mails of the kind {choice.kind} are always sent",
                field=f"items[{index}].kind",
            )
    async with deps.db.begin() as tx:
        await preferences.put(tx, account.email, chosen.items(), deps.clock.now())
        for kind, enabled in chosen.items():
            if not enabled:
                await messages.suppress(tx, account.email, kind)
        answer = await queries.preferences_of(tx, account.email, language_of(account.language))
        return await once.answer(tx, answer)
