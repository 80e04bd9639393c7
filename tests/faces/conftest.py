"""One browser a file, and a visitor a test, at a shop that is shared: the one-process stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.faces.browser import Visitor, open_browser
from tests.stage import Stage


@pytest.fixture(scope="session")
def shop(stages: Callable[[str], Stage]) -> Stage:
    return stages("one process")


@pytest.fixture(scope="module")
def browser(shop: Stage) -> Iterator[Browser]:
    """Closed before the next file's tests: while it is open, an event loop counts as running in this thread, and
    no other can. So the shop is started before, and what a test awaits runs in a thread of its own."""
    with open_browser() as opened:
        yield opened


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def visit(browser: Browser, shop: Stage) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; each must have behaved: no error in the console, no request off the machine."""
    made: list[Visitor] = []

    def new(**options: object) -> Visitor:
        visitor = Visitor(browser, shop.url, **options)  # type: ignore[arg-type]
        made.append(visitor)
        return visitor

    yield new
    for visitor in made:
        visitor.close()
    for visitor in made:
        visitor.behaved()
