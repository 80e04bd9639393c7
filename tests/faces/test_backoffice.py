"""The back office, as staff use it: every page in both themes and by axe, then what each is for."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.faces.browser import Visitor
from tests.faces.clerk import PAGES, asked, order, park, run, sign_in
from tests.stage import Stage
from tradewind.demo import PRODUCTS
from tradewind.faces.backoffice.operations import SERVICES
from tradewind.services.registry import NAMES

Visit = Callable[..., Visitor]


def clerk(visit: Visit, role: str = "admin", **options: object) -> tuple[Visitor, Page]:
    visitor = visit(**options)
    sign_in(visitor.page, role)
    return visitor, visitor.page


def test_every_page_is_accessible_in_both_themes(visit: Visit, shop: Stage) -> None:
    placed = order(shop)
    visitor, page = clerk(visit)
    message = asked(shop, "GET", "/v1/messages", order_id=placed["order_id"], limit=1)["items"][0]
    account = asked(shop, "GET", "/v1/me")["account"]
    of_one = (
        f"/admin/orders/{placed['order_id']}",
        f"/admin/orders/{placed['order_id']}/fulfil",
        f"/admin/orders/{placed['order_id']}/cancel",
        f"/admin/products/{placed['lines'][0]['product_id']}",
        f"/admin/customers/{account['account_id']}",
        f"/admin/mail/{message['message_id']}",
    )
    for path in (*PAGES, *of_one):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        visitor.accessible_in_both_themes()
    page.keyboard.press("Control+k")
    visitor.accessible_in_both_themes()


def test_on_a_phone_no_page_is_wider_than_it_and_the_menu_is_a_drawer(visit: Visit) -> None:
    _, page = clerk(visit, phone=True)
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.get_by_role("link", name="Open the menu").click()
    page.get_by_role("navigation", name="Back office").get_by_role("link", name="Orders").click()
    expect(page.get_by_role("heading", name="Orders", level=1)).to_be_visible()


def test_the_door_opens_for_staff_alone_and_leads_where_they_wanted_to_go(visit: Visit) -> None:
    visitor = visit()
    visitor.allowed_statuses = {401, 403}
    page = visitor.go("/admin/stock?below=10")
    page.get_by_label("E-mail").fill("warehouse@tradewind.example")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The e-mail address or the password is wrong.")
    expect(page.get_by_label("E-mail")).to_have_value("warehouse@tradewind.example")
    visitor.accessible()
    page.get_by_label("Password").fill("demo-tradewind")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/stock?below=10")
    menu = page.get_by_role("navigation", name="Back office")
    expect(menu.get_by_role("link", name="Inventory")).to_be_visible()
    expect(menu.get_by_role("link", name="Customers")).to_have_count(0)
    visitor.go("/admin/customers")
    expect(page.get_by_role("heading", name="This is not open to you")).to_be_visible()
    page.goto("/admin")
    page.get_by_text("WW", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    page.get_by_label("E-mail").fill("customer@tradewind.example")
    page.get_by_label("Password").fill("demo-tradewind")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("not one of our staff")).to_be_visible()


def test_an_order_is_shipped_in_two_parcels_delivered_and_refunded_in_part(visit: Visit, shop: Stage) -> None:
    placed = order(shop, quantity=3)
    visitor, page = clerk(visit, "admin")
    page.goto("/admin/orders")
    page.get_by_role("searchbox").fill(placed["number"])
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.get_by_role("link", name=placed["number"]).click()
    page.get_by_role("link", name="Ship", exact=True).click()
    page.get_by_label(re.compile("Pieces of")).fill("1")
    page.get_by_label("Carrier").fill("DHL")
    page.get_by_label("Tracking number").fill("00340434161094015902")
    page.get_by_role("button", name="Send the parcel").click()
    expect(page.get_by_role("status").first).to_contain_text("on its way")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Partly shipped")
    page.get_by_role("link", name="Ship", exact=True).click()
    page.get_by_role("button", name="Send the parcel").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Shipped")
    page.get_by_role("button", name="Delivered").first.click()
    expect(page.locator("#timeline")).to_contain_text("Parcel delivered")
    page.get_by_role("link", name="Refund", exact=True).click()
    visitor.allowed_statuses = {422}
    page.get_by_label("Amount in EUR").fill("9999")
    page.get_by_label("Reason").fill("A chip in the glaze")
    page.get_by_role("button", name="Give the money back").click()
    expect(page.locator(".wrong").first).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("A chip in the glaze")
    page.get_by_label("Amount in EUR").fill("12,50")
    page.get_by_role("button", name="Give the money back").click()
    expect(page.locator("#timeline")).to_contain_text("€12.50 refunded")
    expect(page.locator("#timeline")).to_contain_text("A chip in the glaze")
    page.get_by_label("Note", exact=True).fill("Sent a voucher, too.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator("#timeline")).to_contain_text("Sent a voucher, too.")
    after = asked(shop, "GET", f"/v1/orders/{placed['order_id']}")
    assert (after["refunded"]["amount_minor"], len(after["fulfilments"])) == (1250, 2)


def test_without_scripts_orders_are_found_shipped_together_and_cancelled(visit: Visit, shop: Stage) -> None:
    first, second, third = order(shop), order(shop), order(shop)
    _, page = clerk(visit, "admin", java_script_enabled=False)
    page.goto("/admin/orders?tab=open")
    page.get_by_label(f"Choose order {first['number']}").check()
    page.get_by_label(f"Choose order {second['number']}").check()
    page.get_by_role("button", name="Ship in full").click()
    expect(page.get_by_role("status")).to_contain_text("on their way")
    states = {asked(shop, "GET", f"/v1/orders/{one['order_id']}")["state"] for one in (first, second)}
    assert states == {"fulfilled"}
    page.get_by_role("searchbox").fill(third["number"])
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=third["number"]).click()
    page.get_by_text("Hold, cancel, order again").click()
    page.get_by_role("link", name="Cancel the order").click()
    page.get_by_label("The order looks like fraud").check()
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cancelled")
    expect(page.locator("#timeline")).to_contain_text("The order looks like fraud")


def test_home_follows_the_shop_by_itself(visit: Visit, shop: Stage) -> None:
    visitor, page = clerk(visit)
    page.goto("/admin")
    expect(page.locator("#live")).to_have_attribute("data-follow-state", "live")
    placed = order(shop)
    expect(page.locator("#live-orders")).to_contain_text(placed["number"])
    page.reload()  # what needs attention is said anew by each page
    page.get_by_role("link", name="waiting to be shipped").click()
    expect(page.get_by_role("link", name=placed["number"])).to_be_visible()
    visitor.behaved()


def test_the_keyboard_finds_goes_and_walks_through_lists(visit: Visit, shop: Stage) -> None:
    placed = order(shop)
    _, page = clerk(visit)
    page.goto("/admin")
    page.keyboard.press("Control+k")
    page.keyboard.type(placed["number"])
    expect(page.get_by_role("option", name=placed["number"])).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{placed['order_id']}")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/admin/products")
    page.keyboard.press("/")
    page.keyboard.type("strata")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("1 · Chosen")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Strata vase")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("Open the row")


def test_a_product_is_made_priced_pictured_put_on_sale_and_changed_by_two(visit: Visit, shop: Stage) -> None:
    visitor, page = clerk(visit, "catalogue")
    visitor.allowed_statuses = {409, 422}
    page.goto("/admin/products/new")
    sku = f"BO-{order(shop)['number']}"
    page.get_by_label("Title").fill(f"Bowl {sku}")
    page.get_by_label("Description").fill("Thrown by hand.\n\nGlazed inside.")
    page.get_by_label("Options").fill("Colour")
    page.get_by_role("button", name="More rows").first.click()
    page.get_by_label("SKU of row 1").fill(sku)
    page.get_by_label("Colour, new variant").first.fill("Clay")
    page.get_by_label("Price of new variant in EUR", exact=True).first.fill("nineteen")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Write an amount")).to_be_visible()
    page.get_by_label(f"Price of {sku} in EUR", exact=True).fill("19,90")
    page.get_by_label(f"Former price of {sku} in EUR").fill("24.90")
    page.get_by_label("Name of attribute 1").fill("Material")
    page.get_by_label("Value of attribute 1").fill("Stoneware | Glaze")
    page.get_by_label("Main category").select_option("Tableware > Bowls")
    page.get_by_label("Brand").fill(f"Pottery {sku}")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("status").first).to_contain_text("as a draft")
    page.evaluate("() => { crypto.randomUUID = undefined }")  # as on plain http
    page.route("**/images", lambda route: route.abort())
    page.locator("[data-upload]").set_input_files(PRODUCTS.parent / "media/aldea-vase-clay.webp")
    expect(page.locator("[data-upload-wrong]")).to_contain_text("The shop did not answer")
    page.unroute("**/images")
    visitor.complaints = [it for it in visitor.complaints if "ERR_FAILED" not in it]
    with page.expect_navigation():
        page.locator("[data-upload]").set_input_files(PRODUCTS.parent / "media/aldea-vase-clay.webp")
    page.get_by_label("What picture 1 shows").fill("A bowl")
    page.get_by_role("button", name="Save").first.click()
    page.get_by_role("button", name="Put on sale").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("On sale")
    product_id = page.url.rsplit("/", 1)[1]
    made = asked(shop, "GET", f"/v1/products/{product_id}")
    (price,) = made["variants"][0]["prices"]
    assert (price["amount_minor"], price["compare_at_minor"]) == (1990, 2490)
    assert (made["attributes"], made["category"]) == (
        {"Material": ["Stoneware", "Glaze"]},
        "Tableware > Bowls",
    )
    assert (made["images"][0]["alt"], made["status"]) == ("A bowl", "active")
    asked(shop, "PATCH", f"/v1/products/{product_id}", {"title": "Theirs"})
    page.get_by_label("Title").fill("Mine")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("row", name="Title Theirs Mine")).to_be_visible()
    visitor.accessible()
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mine")


def test_stock_is_received_adjusted_and_its_ledger_read(visit: Visit, shop: Stage) -> None:
    sku = run(shop.article(stock=4))
    visitor, page = clerk(visit, "warehouse")
    visitor.allowed_statuses = {409, 422}
    page.goto("/admin/stock/receive")
    page.get_by_label("SKU of row 1").fill(sku)
    page.get_by_label("Pieces of row 1").fill("3")
    page.get_by_label("Into warehouse").select_option("Rotterdam")
    page.get_by_label("Number of the delivery note").fill(f"note {sku}")
    page.get_by_role("button", name="Book it in").click()
    expect(page.get_by_role("status").first).to_contain_text("booked in")
    page.get_by_role("searchbox").fill(sku)
    page.get_by_role("link", name=sku).click()
    page.get_by_label("By how many pieces").fill("-9")
    page.get_by_label("Reason").fill("Damaged")
    page.get_by_role("button", name="Adjust the stock").click()
    expect(page.locator(".wrong, [role=alert]").first).to_be_visible()
    page.get_by_label("By how many pieces").fill("-1")
    page.get_by_label("Reason").fill("Damaged")
    page.get_by_role("button", name="Adjust the stock").click()
    expect(page.get_by_role("row", name=re.compile("In all"))).to_contain_text("6")
    expect(page.get_by_role("row", name=re.compile("Adjusted.*−1.*Damaged"))).to_be_visible()


def test_categories_reviews_and_promotions_are_kept(visit: Visit, shop: Stage) -> None:
    mark = order(shop)["number"].replace("-", "")
    visitor, page = clerk(visit)
    visitor.allowed_statuses = {409, 422}
    page.goto("/admin/categories")
    page.get_by_label("Name").fill(f"Trays {mark}")
    page.get_by_label("Below").select_option("Tableware")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name=f"Trays {mark}").click()
    page.get_by_label("Name").first.fill(f"Platters {mark}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name=f"Platters {mark}")).to_be_visible()
    page.goto("/admin/reviews")
    first = page.locator(".reviews > li").first
    words = first.locator("b").first.inner_text()
    first.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name=re.compile("^Published")).click()
    expect(page.locator(".reviews")).to_contain_text(words)
    page.goto("/admin/promotions/new")
    page.get_by_label("Name").fill(f"Spring {mark}")
    page.get_by_role("textbox", name="Codes").fill(f"spring{mark}")
    page.get_by_label("How much").fill("a lot")
    page.get_by_role("button", name="Create the promotion").click()
    expect(page.locator("#value-wrong")).to_be_visible()
    page.get_by_label("How much").fill("12,5")
    page.get_by_role("button", name="Create the promotion").click()
    page.get_by_label("How many new ones").fill("5")
    page.get_by_role("button", name="Add codes").click()
    expect(page.get_by_role("heading", name="Codes 6", exact=True)).to_be_visible()
    page.get_by_label("At most so many by one customer").fill("1")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_label("At most so many by one customer").input_value() == "1"
    page.get_by_role("link", name="Promotions").last.click()
    row = page.get_by_role("row", name=re.compile(f"SPRING{mark}", re.IGNORECASE))
    expect(row).to_contain_text("12.5 %")
    row.get_by_role("button", name="Switch").click()
    expect(row).to_contain_text("Off")


def test_shipping_tax_and_warehouses_are_set(visit: Visit, shop: Stage) -> None:
    mark = order(shop)["number"].replace("-", "").lower()
    visitor, page = clerk(visit)
    visitor.allowed_statuses = {409, 422}
    page.goto("/admin/settings")
    method = page.locator("#method")
    method.get_by_label("Code").fill(f"by-boat-{mark}")
    method.get_by_label("Name").fill(f"By boat {mark}")
    method.get_by_label("Price in EUR").fill("some")
    method.get_by_label("Countries").fill("NZ")  # nobody else here lives there
    method.get_by_role("button", name="Save the method").click()
    expect(page.locator("#method-price_EUR-wrong")).to_contain_text("Write an amount")
    method.get_by_label("Price in EUR").fill("12,5")
    method.get_by_label("Free from, in EUR").fill("100")
    method.get_by_role("button", name="Save the method").click()
    page.get_by_role("link", name=f"By boat {mark}").click()
    assert method.get_by_label("Price in EUR").input_value() == "12.50"
    method.get_by_label("Days at most").fill("40")
    method.get_by_label("In use").uncheck()
    method.get_by_role("button", name="Save the method").click()
    row = page.get_by_role("row", name=re.compile(f"By boat {mark}"))
    expect(row).to_contain_text("1 to 40 days")
    expect(row).to_contain_text("free from €100.00 on")
    expect(row).to_contain_text("Off")
    rate = page.locator("#rate")
    rate.get_by_label("Country").select_option("NZ")
    rate.get_by_label("Percent").fill("150")
    rate.get_by_role("button", name="Save the rate").click()
    expect(page.locator("#tax-percent-wrong")).to_be_visible()
    rate.get_by_label("Percent").fill("15")
    rate.get_by_role("button", name="Save the rate").click()
    expect(page.get_by_role("row", name=re.compile("New Zealand standard"))).to_contain_text("15 %")
    warehouse = page.locator("#warehouse")
    warehouse.get_by_label("Code").fill("LEJ")
    warehouse.get_by_label("Name").fill(f"Attic {mark}")
    warehouse.get_by_label("In use").uncheck()
    warehouse.get_by_role("button", name="Save the warehouse").click()
    expect(page.locator("#warehouse-code-wrong")).to_contain_text("There is a warehouse of this code")
    warehouse.get_by_label("Code").fill(f"ATTIC-{mark}"[:40])
    warehouse.get_by_role("button", name="Save the warehouse").click()
    page.get_by_role("link", name=f"Attic {mark}").click()
    assert warehouse.get_by_label("Code").get_attribute("readonly") is not None


def test_customers_are_found_given_roles_and_closed(visit: Visit, shop: Stage) -> None:
    name = f"Zora {order(shop)['number']}"
    email = name.replace(" ", ".").lower() + "@example.com"

    async def register() -> None:
        async with shop.client() as client:
            body = {"email": email, "password": "a long enough password", "name": name}
            assert (await client.post("/v1/accounts", json=body)).status_code == 201

    run(register())
    _, page = clerk(visit)
    page.goto("/admin/customers")
    page.get_by_role("searchbox").fill(email)
    page.get_by_role("link", name=name).click()
    page.get_by_label("Support").check()
    page.get_by_role("button", name="Change the roles").click()
    expect(page.get_by_label("Facts").or_(page.locator("aside"))).to_contain_text("Support")
    page.get_by_role("link", name="Close the account").click()
    page.get_by_role("button", name="Close the account").click()
    expect(page.get_by_role("status").first).to_contain_text("closed")
    page.get_by_role("searchbox").fill(email)
    expect(page.get_by_text("Nobody is called that")).to_be_visible()


def test_mails_are_read_as_they_were_written_and_templates_in_both_languages(
    visit: Visit, shop: Stage
) -> None:
    email = f"mail-{order(shop)['number'].lower()}@example.com"
    placed = order(shop, email=email)
    _, page = clerk(visit, "support")
    page.goto(f"/admin/orders/{placed['order_id']}")
    page.locator("#timeline").get_by_role("link", name=re.compile("Mail:")).first.click()
    expect(page.frame_locator("iframe").locator("body")).to_contain_text(placed["number"])
    expect(page.locator("aside")).to_contain_text(email)
    page.goto("/admin/mail/templates")
    page.get_by_role("link", name="Parcel shipped").click()
    page.get_by_role("link", name="Deutsch").last.click()
    expect(page.frame_locator("iframe").locator("html")).to_have_attribute("lang", "de")


def test_search_reports_and_the_system_are_looked_after(visit: Visit, shop: Stage) -> None:
    _, page = clerk(visit)
    page.goto("/admin/search")
    word = "sofa" + order(shop)["number"][-6:]
    page.get_by_label("finds these too").last.fill(f"{word}, couch{word}")
    page.get_by_role("button", name="Save").last.click()
    page.locator(".synonyms").get_by_text(word).first.click()
    page.locator(".synonyms details[open]").get_by_role("button", name="Remove").click()
    expect(page.get_by_text(word)).to_have_count(0)
    page.goto("/admin/reports?span=90")
    chart = page.get_by_role("group", name=re.compile("Net sales"))
    chart.focus()
    page.keyboard.press("ArrowLeft")
    expect(chart.get_by_role("status")).to_contain_text("€")
    with page.expect_download() as download:
        page.get_by_role("link", name="As CSV").click()
    assert download.value.path().read_text().startswith("label,start,end,gross")
    event_id = park(shop)
    page.goto("/admin/events")
    row = page.locator("tr", has_text="the other side did not answer")
    row.get_by_role("button", name=re.compile("over again")).click()
    expect(page.get_by_role("status").first).to_contain_text("handed over again")
    for _ in range(50):
        parked = asked(shop, "GET", "/v1/operations/inventory/parked-events")["items"]
        if not [one for one in parked if one["event_id"] == event_id]:
            break
        page.wait_for_timeout(200)
    else:
        raise AssertionError(f"{event_id} was not taken")
    page.goto("/admin/health")
    expect(page.get_by_text("Well")).to_have_count(len(NAMES))


def test_every_service_is_looked_after() -> None:
    assert sorted(SERVICES) == sorted(NAMES)
