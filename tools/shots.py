"""A picture of each page, on a desk and on a phone, in light and in dark: `make shots` writes them to shots/.

It starts a shop of its own on a folder of its own, does what brings the pages about, and looks at them. Names of
pages may be given, to take those alone: `python -m tools.shots home checkout`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page
from tests.faces.browser import Visitor, open_browser
from tests.faces.shopper import buy, give_details, put_into_cart, type_card
from tests.sandbox_processor.process import running
from tests.stage import Stage, start_stage

from tradewind.cli.seed import DEMO_PASSWORD

FOLDER = Path("shots")
LOOKS = [(theme, phone) for theme in ("light", "dark") for phone in (False, True)]


@dataclass(frozen=True)
class Shot:
    """`bring` leads to what is to be seen, beyond opening `path`. `who` is signed in; empty: a guest."""

    name: str
    path: str
    who: str = ""
    bring: Callable[[Page], None] = lambda page: None
    whole: bool = False  # all of the page, not what the window shows


def _with_cart(page: Page) -> None:
    put_into_cart(page, "aldea-vase")
    page.get_by_role("dialog").wait_for()


def _cart(page: Page) -> None:
    _with_cart(page)
    put_into_cart(page, "dipped-mugs-set-of-2")
    page.get_by_role("dialog").wait_for()
    page.goto("/cart")


def _checkout(page: Page) -> None:
    _cart(page)
    page.goto("/checkout")


def _payment(page: Page) -> None:
    _checkout(page)
    give_details(page, "ada@example.com")
    page.frame_locator("iframe").get_by_label("Card number").wait_for()


def _ready(page: Page) -> None:
    _payment(page)
    type_card(page.frame_locator("iframe"), "good")
    page.get_by_role("button", name="Order and pay").wait_for()


def _thanks(page: Page) -> None:
    buy(page, "moon-jar", "ada@example.com")
    page.get_by_role("heading", name="Thank you").wait_for()


def _declined(page: Page) -> None:
    buy(page, "moon-jar", "ada@example.com", "declined")
    page.get_by_role("heading", name="Your card was declined").wait_for()
    page.frame_locator("iframe").get_by_label("Card number").wait_for()


def _suggestions(page: Page) -> None:
    page.get_by_role("searchbox").press_sequentially("lam")
    page.locator("#suggestions li").first.wait_for()


SHOP = (
    Shot("home", "/"),
    Shot("home-whole", "/", whole=True),
    Shot("category", "/c/tableware"),
    Shot("category-narrowed", "/c/textiles?attr.Colour=Forest&sort=price"),
    Shot("search", "/search?q=vase"),
    Shot("search-mistyped", "/search?q=teapott"),
    Shot("search-empty", "/search?q=qqzzxx"),
    Shot("search-suggestions", "/", bring=_suggestions),
    Shot("product", "/p/aldea-vase"),
    Shot("product-whole", "/p/dome-table-lamp", whole=True),
    Shot("drawer", "/", bring=_with_cart),
    Shot("cart", "/", bring=_cart),
    Shot("cart-empty", "/cart"),
    Shot("checkout", "/", bring=_checkout, whole=True),
    Shot("checkout-payment", "/", bring=_payment, whole=True),
    Shot("checkout-ready", "/", bring=_ready),
    Shot("thank-you", "/", bring=_thanks),
    Shot("order-declined", "/", bring=_declined, whole=True),
    Shot("track", "/track"),
    Shot("sign-in", "/sign-in"),
    Shot("register", "/register"),
    Shot("forgot", "/forgot"),
    Shot("reset", "/reset?token=twr_0"),
    Shot("unsubscribe-broken", "/unsubscribe"),
    Shot("account", "/account", "customer"),
    Shot("account-orders", "/account/orders", "customer"),
    Shot("account-addresses", "/account/addresses", "customer"),
    Shot("account-address-new", "/account/addresses/new", "customer"),
    Shot("account-profile", "/account/profile", "customer"),
    Shot("account-mails", "/account/notifications", "customer"),
    Shot("nothing-here", "/nothing-here"),
)


def _palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("lam")
    page.locator("#palette-found [role=option]").first.wait_for()


def _orders(page: Page) -> None:
    """With one at least, whatever else was taken before."""
    buy(page, "bubble-candle", "ada@example.com")
    page.get_by_role("heading", name="Thank you").wait_for()
    page.goto("/admin/orders")


def _order(page: Page) -> None:
    _orders(page)
    _first(page)


def _mail(page: Page) -> None:
    _orders(page)
    page.goto("/admin/mail")
    page.locator("[data-row] a").first.wait_for()
    _first(page)


def _first(page: Page) -> None:
    """What the first row of the list leads to."""
    page.locator("[data-row] a").first.click()
    page.wait_for_load_state()


def _chosen(page: Page) -> None:
    _orders(page)
    page.locator("tbody input[type=checkbox]").first.check()


OFFICE = (
    Shot("office-home", "/admin", "admin"),
    Shot("office-home-whole", "/admin", "admin", whole=True),
    Shot("office-palette", "/admin", "admin", bring=_palette),
    Shot("office-orders", "/admin", "admin", bring=_orders),
    Shot("office-orders-chosen", "/admin", "admin", bring=_chosen),
    Shot("office-orders-none", "/admin/orders?q=nobody", "admin"),
    Shot("office-order", "/admin", "admin", bring=_order, whole=True),
    Shot("office-products", "/admin/products", "admin"),
    Shot("office-product", "/admin/products?q=strata", "admin", bring=_first, whole=True),
    Shot("office-product-new", "/admin/products/new", "admin"),
    Shot("office-categories", "/admin/categories", "admin"),
    Shot("office-stock", "/admin/stock?below=10", "admin"),
    Shot("office-stock-item", "/admin/stock/item?sku=BIRD-BATH-STONE", "admin"),
    Shot("office-stock-receive", "/admin/stock/receive", "admin"),
    Shot("office-promotions", "/admin/promotions", "admin"),
    Shot("office-promotion", "/admin/promotions/new", "admin", whole=True),
    Shot("office-settings", "/admin/settings", "admin", whole=True),
    Shot("office-reviews", "/admin/reviews", "admin"),
    Shot("office-customers", "/admin/customers", "admin"),
    Shot("office-customer", "/admin/customers", "admin", bring=_first),
    Shot("office-mail", "/admin/mail", "admin"),
    Shot("office-mail-one", "/admin", "admin", bring=_mail),
    Shot("office-template", "/admin/mail/templates/order_confirmation?in=de", "admin"),
    Shot("office-reports", "/admin/reports?span=90", "admin", whole=True),
    Shot("office-reports-products", "/admin/reports/products", "admin"),
    Shot("office-funnel", "/admin/reports/funnel", "admin"),
    Shot("office-search", "/admin/search", "admin"),
    Shot("office-events", "/admin/events", "admin"),
    Shot("office-health", "/admin/health", "admin"),
    Shot("office-sign-in", "/admin/sign-in"),
)
PAGES: tuple[Shot, ...] = (*SHOP, *OFFICE)


def main(wanted: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    shots = [shot for shot in PAGES if not wanted or any(shot.name.startswith(name) for name in wanted)]
    with _shop() as shop, open_browser() as browser:
        began = time.monotonic()
        for theme, phone in LOOKS:
            for who in dict.fromkeys(shot.who for shot in shots):
                _take(browser, shop, [shot for shot in shots if shot.who == who], who, theme, phone)
        print(f"{len(shots) * len(LOOKS)} pictures in {FOLDER}/ ({time.monotonic() - began:.0f} s)")


def _take(browser: Browser, shop: Stage, shots: list[Shot], who: str, theme: str, phone: bool) -> None:
    """A guest's pages each by another guest, so that no cart is there from the page before."""
    visitor = Visitor(browser, shop.url, theme=theme, phone=phone)
    if who:
        _sign_in(visitor.page, who)
    for shot in shots:
        if not who:
            visitor.context.clear_cookies()
        visitor.go(shot.path)
        shot.bring(visitor.page)
        visitor.page.wait_for_load_state("networkidle")
        look = f"{'phone' if phone else 'desk'}-{theme}"
        visitor.page.screenshot(path=FOLDER / f"{shot.name}-{look}.png", full_page=shot.whole)
    visitor.close()


def _sign_in(page: Page, who: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(f"{who}@tradewind.example")
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account")


@contextmanager
def _shop() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="tradewind-shots-") as folder:
        data = Path(folder)
        with running(data) as (processor_url, _):
            shop = start_stage("", processor_url, data, split=False)
            try:
                yield shop
            finally:
                shop.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
