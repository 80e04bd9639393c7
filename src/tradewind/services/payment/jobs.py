"""What runs on a clock. Each is safe to repeat, and several processes at it do not disturb one another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import timedelta

from tradewind.kernel.errors import Unavailable
from tradewind.ports.database import DatabaseUnavailable
from tradewind.services.payment import queries
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.references import AttemptKey
from tradewind.services.payment.store import disputes, expiry, saved_methods, spreads, webhooks
from tradewind.services.payment.use_cases.apply_webhook import apply_webhook
from tradewind.services.payment.use_cases.close_payment import close_payment
from tradewind.services.payment.use_cases.delete_saved_method import have_forgotten
from tradewind.services.payment.use_cases.find_missing import find_missing
from tradewind.services.payment.use_cases.move_of_order import drive_spread
from tradewind.services.payment.use_cases.purchase_payment import purchase_payment
from tradewind.services.payment.use_cases.settle_attempt import settle_attempt
from tradewind.services.payment.use_cases.settle_dispute import settle_dispute
from tradewind.services.payment.use_cases.settle_operation import settle_operation
from tradewind.services.payment.use_cases.tend_expiry import release_rest, tend_expiry

AT_ONCE = 8
MOST_A_RUN = 200
WEBHOOKS_KEPT_DAYS = 90


async def resolve_unknown(deps: Deps) -> int:
    """Ask the processor about what is due: no answer came, the driver died, or a challenge is open."""
    due = await queries.due(deps.db, deps.clock.now(), MOST_A_RUN)
    await do_all(
        [
            settle_attempt(deps, key) if isinstance(key, AttemptKey) else settle_operation(deps, key)
            for key in due
        ]
    )
    return len(due)


async def close_cancelled(deps: Deps) -> int:
    """Void or refund what cancelled payments still hold."""
    due = await queries.due_closings(deps.db, deps.clock.now(), MOST_A_RUN)
    await do_all([close_payment(deps, key) for key in due])
    return len(due)


async def drive_spreads(deps: Deps) -> int:
    """Captures and refunds that several payments share, whose driver died or waits for a processor."""
    before = deps.clock.now() - timedelta(seconds=deps.settings.lease_seconds)
    left = await spreads.open_ones(deps.db, before, MOST_A_RUN)
    await do_all([drive_spread(deps, spread) for spread in left])
    return len(left)


async def forget_saved_methods(deps: Deps) -> int:
    """Have processors forget what customers deleted."""
    due = await saved_methods.claim_forgetting(deps.db, deps.clock.now(), MOST_A_RUN)
    await do_all([have_forgotten(deps, saved) for saved in due])
    return len(due)


async def settle_disputes(deps: Deps) -> int:
    """Ask about disputes that are not decided: their webhooks may have been lost."""
    left = [one for one in await disputes.open_ones(deps.db, MOST_A_RUN) if one[0] in deps.gateways.names]
    await do_all([settle_dispute(deps, *one) for one in left])
    return len(left)


async def tend_expiring(deps: Deps) -> int:
    """Renew, tell about, and let go of what lapses."""
    now = deps.clock.now()
    before = now + timedelta(days=deps.settings.expiry_notice_days)
    due = await expiry.claim_expiring(deps.db, before, now, MOST_A_RUN)
    await do_all([tend_expiry(deps, held) for held in due])
    return len(due)


async def release_rests(deps: Deps) -> int:
    """Have processors let go of what is never captured."""
    due = await expiry.claim_releases(deps.db, deps.clock.now(), MOST_A_RUN)
    await do_all([release_rest(deps, held) for held in due])
    return len(due)


async def take_purchases(deps: Deps) -> int:
    """Capture what is taken with the order."""
    due = await expiry.claim_purchases(deps.db, deps.clock.now(), MOST_A_RUN)
    await do_all([purchase_payment(deps, held) for held in due])
    return len(due)


async def find_unsettled(deps: Deps) -> int:
    """Captures and refunds that no settlement file tells of."""
    return sum([await find_missing(deps, name) for name in deps.gateways.names])


async def apply_webhooks(deps: Deps) -> int:
    """Those whose receiver died, or could not ask."""
    before = deps.clock.now() - timedelta(seconds=deps.settings.lease_seconds)
    left = await webhooks.left_over(deps.db, before, MOST_A_RUN)
    await do_all([apply_webhook(deps, *one) for one in left if one[0] in deps.gateways.names])
    return len(left)


async def forget_webhooks(deps: Deps) -> int:
    return await webhooks.forget_webhooks(deps.db, deps.clock.now() - timedelta(days=WEBHOOKS_KEPT_DAYS))


async def do_all(work: Sequence[Awaitable[object]]) -> None:
    """A few at a time, and all of them: what failed is raised after the others are done, and first what is no
    outage."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(item: Awaitable[object]) -> None:
        async with places:
            await item

    results = await asyncio.gather(*(one(item) for item in work), return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    outages = [failure for failure in failures if isinstance(failure, DatabaseUnavailable | Unavailable)]
    bugs = [failure for failure in failures if failure not in outages]
    if len(bugs) > 1:
        raise BaseExceptionGroup(f"{len(bugs)} of {len(results)} failed", bugs)
    for failure in bugs + outages:
        raise failure
