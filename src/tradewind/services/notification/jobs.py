"""What the notification service does beside requests and events."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tradewind.kernel import deadline
from tradewind.kernel.service import Job
from tradewind.kernel.telemetry import log
from tradewind.ports.database import DatabaseUnavailable
from tradewind.services.notification.deps import Deps
from tradewind.services.notification.store import feed, messages
from tradewind.services.notification.use_cases.send_due_messages import send_due_messages

_POLL_SECONDS = 1.0  # replicas do not wake one another, and nobody wakes for what is tried again


async def send_messages(deps: Deps) -> None:
    """Until cancelled. In every replica at once: a message is lent to one of them."""
    deadline.clear()
    while True:
        try:
            tried = await send_due_messages(deps)
        except DatabaseUnavailable as error:
            log.warning("mails_wait", error=str(error))
            tried = 0
        except Exception as error:  # noqa: BLE001 - recorded; what was lent comes back when its lease ends
            log.error("mails_failed", exc_info=error)
            tried = 0
        if tried < deps.settings.sends_at_once:
            await _pause(deps.something_to_send)


async def _pause(wake: asyncio.Event) -> None:
    try:
        # Not wait_for: in Python 3.11 it swallows a cancellation that comes together with the wake-up.
        async with asyncio.timeout(_POLL_SECONDS):
            await wake.wait()
    except TimeoutError:
        return
    finally:
        wake.clear()


async def follow_feed(deps: Deps) -> None:
    """Until cancelled: what the streams of this process live on."""
    deadline.clear()
    await deps.live.follow(deps.db)


async def forget_old(deps: Deps) -> str | None:
    now = deps.clock.now()
    forgotten = await messages.forget(deps.db, now - timedelta(days=deps.settings.kept_days))
    passed = await feed.forget(deps.db, now - timedelta(days=deps.settings.feed_kept_days))
    return f"{forgotten} messages, {passed} of the feed" if forgotten or passed else None


JOBS = (Job(forget_old, every_seconds=3600),)
BACKGROUND = (send_messages, follow_feed)
