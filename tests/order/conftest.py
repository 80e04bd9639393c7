"""A shop for the tests of the order service."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from tests.order.stall import furnish
from tests.shop import Shop, open_shop, staff
from tradewind.cli.world import PORTS
from tradewind.services import registry
from tradewind.verify.checks import verify_shop


@pytest.fixture
async def shop(database_url: str, processor_url: str) -> AsyncIterator[Shop]:
    """All services on one database; a merchant of its own; what it leaves must satisfy every invariant."""
    merchant = uuid.uuid4().hex
    environ = {
        "TRADEWIND_PAYMENT_PROCESSOR_URL": processor_url,
        "TRADEWIND_PAYMENT_PROCESSOR_SECRET_KEY": f"sk_sandbox_{merchant}",
        "TRADEWIND_PAYMENT_PROCESSOR_PUBLISHABLE_KEY": f"pk_sandbox_{merchant}",
        "TRADEWIND_PAYMENT_PROCESSOR_TIMEOUT_SECONDS": "1",
    }
    async with open_shop(registry.NAMES, database_url, environ=environ, ports=PORTS) as opened:
        async with opened.client(staff()) as admin:
            await furnish(admin)
        yield opened
        await opened.deliver_events()
        report = await verify_shop(opened.runtime)
        assert not report.violations, "\n".join(report.violations)
