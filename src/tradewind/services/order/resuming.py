"""What was left in the middle is taken with a lease and driven on, one after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from tradewind.kernel.errors import Refusal, Unavailable
from tradewind.kernel.telemetry import log
from tradewind.services.order.deps import Deps
from tradewind.services.order.use_cases.pay_order import resume_soon

BATCH = 50
T = TypeVar("T")


def lease(deps: Deps) -> tuple[datetime, datetime]:
    """Now, and until when what is taken now is its taker's."""
    now = deps.clock.now()
    return now, now + resume_soon(deps)


async def drive_each(
    deps: Deps,
    due: Sequence[T],
    drive: Callable[[Deps, T], Awaitable[object]],
    waits: str,
    named: Callable[[T], dict[str, object]],
) -> int:
    """How many went as far as they go now. One whose outcome stays unknown is told as `waits`, under what
    `named` says it is: its lease runs out, and it is tried again. So is one that is refused, which nothing that was
    begun should be; it keeps nobody else waiting."""
    driven = 0
    for it in due:
        try:
            await drive(deps, it)
            driven += 1
        except Unavailable as error:
            log.warning(waits, **named(it), error=str(error))
        except Refusal as error:
            log.error(waits, **named(it), error=str(error))
    return driven
