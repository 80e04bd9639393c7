"""From an event to a mail that somebody reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.notification.post_office import PostOffice, open_post_office
from tests.promises.market import clone_database, drop_database

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def shared_url(postgres_url: str, template: str) -> Iterator[str]:
    url = clone_database(postgres_url, template)
    yield url
    drop_database(postgres_url, url)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(shared_url: str) -> AsyncIterator[PostOffice]:
    environ = {"TRADEWIND_PUBLIC_URL": "https://shop.example", "TRADEWIND_SHOP_NAME": "Aldea & Co"}
    async with open_post_office(shared_url, environ) as opened:
        yield opened


async def test_an_order_is_confirmed_once_with_all_that_was_ordered(office: PostOffice) -> None:
    order = office.order()
    event_id = await office.tell(order)
    await office.tell(order, event_id)
    assert await office.send() >= 1
    (listed,) = await office.messages(order_id=str(order.order_id))
    assert (listed["kind"], listed["state"], listed["tries"]) == ("order_confirmation", "sent", 1)
    assert listed["to"] == "gina@example.com"
    assert order.number in listed["subject"]
    mail = await office.message(listed["message_id"])
    for form in (mail["html"], mail["text"]):
        for fact in (
            order.number,
            "Aldea vase",
            "€140.90",
            "€4.90",
            "Karlstr. 12",
            "04107 Leipzig",
            "Germany",
        ):
            assert fact in form, fact
        assert f"https://shop.example/orders/{order.order_id}?token=guest-token" in form
    assert "https://shop.example/media/vase.webp" in mail["html"]
    assert "Aldea &amp; Co" in mail["html"] and "Aldea & Co" in mail["text"]
