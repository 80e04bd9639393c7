"""Staff send a message once more: one that failed, or one that its reader cannot find."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.services.notification import queries
from tradewind.services.notification.deps import Deps
from tradewind.services.notification.shapes import Message
from tradewind.services.notification.store import messages


async def send_again(deps: Deps, message_id: UUID, once: Once) -> Message:
    """Under a new Message-ID, so that a mailbox that has the first shows this one too. Raises NotFound, and
    Conflict(message_not_sendable) for one that is waiting to be sent, or that its reader does not want."""
    async with deps.db.begin() as tx:
        queued = await messages.queue_again(tx, message_id, deps.clock.now())
        message = await queries.message(deps, tx, message_id)
        if not queued:
            raise Conflict("message_not_sendable", f"a message that is {message.state} is not sent again")
        tx.after_commit(deps.something_to_send.set)
        return await once.answer(tx, message)
