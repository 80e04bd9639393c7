"""Before a process of analytics serves: it must have the store, and settings that name what there is."""

from __future__ import annotations

from tradewind.contracts.currencies import is_currency
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.ports.analytics_store import StoreHeld
from tradewind.services.analytics.deps import Deps
from tradewind.services.analytics.periods import zone


async def claim_store(deps: Deps) -> None:
    """Raises Conflict while another process has the store, and Invalid for settings that name nothing."""
    zone(deps.settings.timezone)
    if not is_currency(deps.settings.currency):
        raise Invalid(
            "currency_unknown", f"TRADEWIND_ANALYTICS_CURRENCY={deps.settings.currency} is no currency"
        )
    try:
        await deps.store.claim()
    except StoreHeld as error:
        raise Conflict("analytics_store_held", str(error)) from error
