from __future__ import annotations

from tradewind.kernel.idempotency import Once
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain.accounts import normalised_email
from tradewind.services.user.events import PasswordResetAsked
from tradewind.services.user.shapes import ResetAccepted, ResetRequest
from tradewind.services.user.store import resets


async def request_password_reset(deps: Deps, command: ResetRequest, once: Once) -> ResetAccepted:
    """Write down that it was asked, and nothing else: whether there is such an account is looked up later.

    So the answer, and the time it takes, are the same for every address (events.on_password_reset_asked).
    """
    async with deps.db.begin() as tx:
        asked = PasswordResetAsked(deps.clock.new_id(), normalised_email(command.email))
        await deps.outbox.append(tx, asked)
        return await once.answer(tx, ResetAccepted(int(resets.VALID.total_seconds()) // 60))
