"""Whoever holds the link of a mail unsubscribes from mails of its kind, or takes that back. No account needed."""

from __future__ import annotations

from tradewind.contracts.common import Language
from tradewind.kernel.idempotency import Once
from tradewind.services.notification import rendering
from tradewind.services.notification.deps import Deps
from tradewind.services.notification.domain import KINDS
from tradewind.services.notification.links import read_unsubscribe_token
from tradewind.services.notification.shapes import Subscribed
from tradewind.services.notification.store import messages, preferences


async def change_subscription(
    deps: Deps, token: str, subscribed: bool, language: Language, once: Once
) -> Subscribed:
    """Raises NotFound(subscription_not_found)."""
    about = read_unsubscribe_token(deps.sealer, token)
    async with deps.db.begin() as tx:
        await preferences.put(tx, about.email, [(about.kind, subscribed)], deps.clock.now())
        if not subscribed:
            await messages.suppress(tx, about.email, about.kind)
        title = rendering.title_of(KINDS[about.kind], language)
        return await once.answer(tx, Subscribed(about.email, about.kind, title, subscribed))


async def subscription(deps: Deps, token: str, language: Language) -> Subscribed:
    """How it is now. Raises NotFound(subscription_not_found)."""
    about = read_unsubscribe_token(deps.sealer, token)
    without = await preferences.unwanted(deps.db, about.email)
    title = rendering.title_of(KINDS[about.kind], language)
    return Subscribed(about.email, about.kind, title, about.kind not in without)
