"""What all reports share: a time, a currency, and everything that was acknowledged before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from tradewind.contracts.currencies import check_currency
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.telemetry import log
from tradewind.ports.analytics_store import StoreUnavailable
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.loading import load_staged
from tradewind.services.analytics.periods import Range, asked_range
from tradewind.services.analytics.shapes import PlainQuery, ReportQuery
from tradewind.services.analytics.store import staging

CATCH_UP_SECONDS: Final = 2.0


def range_of(deps: Deps, query: ReportQuery | PlainQuery) -> Range:
    """Raises Invalid, naming what is wrong with it."""
    check_currency(query.currency)
    zone = query.timezone or deps.settings.timezone
    return asked_range(query.from_, query.to, zone, deps.clock.now())


@asynccontextmanager
async def store_caught_up(deps: Deps) -> AsyncIterator[bool]:
    """The store knows all that was acknowledged before; False where that takes longer than a report may.

    Raises Unavailable where there is no store to ask.
    """
    try:
        yield await _caught_up(deps)
    except StoreUnavailable as error:
        log.warning("report_unavailable", reason=str(error))
        raise Unavailable("reports_unavailable", "reports cannot be had now; try again shortly") from error


async def _caught_up(deps: Deps) -> bool:
    try:
        async with asyncio.timeout(CATCH_UP_SECONDS):
            while await staging.anything(deps.db):
                await load_staged(deps)
    except TimeoutError:
        return False
    return True


def chosen_currency(deps: Deps, asked: str | None, sold_in: Sequence[str]) -> str:
    """The one that was asked for, else the one of the most orders."""
    if asked is not None:
        return asked
    return sold_in[0] if sold_in else deps.settings.currency
