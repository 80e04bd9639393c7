"""Lines of staff's own words are taxed as any other line: by their class, where the order goes."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.order.sold import sold_lines
from tests.order.stall import place
from tests.order.test_edits import begin, confirm
from tests.order.test_parcels import ask
from tests.shop import Shop, guest, staff
from tests.stage import ADDRESS, key
from tradewind.kernel.migrate import load
from tradewind.services.order.domain.editing import Carriage, NewLine, edited
from tradewind.services.order.domain.pricing import Terms
from tradewind.services.order.domain.pricing.tax import added_tax, contained_tax

VIENNA = {"name": "Ada Lovelace", "line1": "Ring 1", "postal_code": "1010", "city": "Wien", "country": "AT"}
RATES = {("DE", "reduced"): 700, ("AT", "standard"): 2000, ("AT", "reduced"): 1000}
MIGRATIONS = "tradewind.services.order.migrations"
TO_VIENNA_TOO = {"name": "Standard", "countries": ["DE", "AT"], "prices": {"EUR": {"price_minor": 490}}}
NO_CARRIAGE = Carriage(0, 0, 0, 0, 0)
some_lines = st.lists(
    st.tuples(st.integers(1, 50), st.integers(0, 500_000), st.sampled_from([0, 700, 1900])),
    min_size=1,
    max_size=8,
)


@given(some_lines, st.lists(st.sampled_from([0, 1000, 2000]), min_size=8, max_size=8), st.booleans())
def test_an_order_that_goes_elsewhere_bears_the_tax_of_there_to_the_cent(
    lines: list[tuple[int, int, int]], there: list[int], included: bool
) -> None:
    """Each line at the price it was sold at, taxed by the rate of its class there."""
    terms = Terms("EUR", {}, included)
    new = [NewLine(f"L{n}", quantity, price, rate) for n, (quantity, price, rate) in enumerate(lines)]
    before = edited(terms, [], [], {}, new, NO_CARRIAGE, None)
    rates = {one.sku: there[n] for n, one in enumerate(new)}
    after = edited(terms, sold_lines(new, before.lines), [], {}, [], NO_CARRIAGE, rates)
    for one, line in zip(new, after.lines, strict=True):
        worth, rate = one.quantity * one.unit_price_minor, rates[one.sku]
        tax = contained_tax(worth, rate) if included else added_tax(worth, rate)
        added = 0 if included else tax
        assert (line.tax_basis_points, line.tax_minor, line.total_minor) == (rate, tax, worth + added)
    assert after.totals.total_minor == sum(line.total_minor for line in after.lines)
    assert after.totals.tax_minor == sum(line.tax_minor for line in after.lines)
    sold_at = {one.sku: one.tax_basis_points for one in new}
    back = edited(terms, sold_lines(new, after.lines), [], {}, [], NO_CARRIAGE, sold_at)
    assert back.lines == before.lines, "what goes there and back costs what it cost"


def taxes(order: Any) -> dict[str, tuple[str, int]]:
    return {line["sku"]: (line["tax_class"], line["tax_minor"]) for line in order["lines"]}


async def _forget_and_migrate(shop: Shop) -> None:
    """As of a shop that was there before lines had a class: it is learned of what named it."""
    (migration,) = [it for it in load(MIGRATIONS) if it.name == "0016_tax_class.sql"]
    async with shop.database("order").begin() as tx:
        await tx.execute("ALTER TABLE order_lines DROP COLUMN tax_class")
        await tx.execute(migration.sql)


async def test_a_line_of_staffs_own_words_keeps_its_tax_class_wherever_the_order_goes(shop: Shop) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        assert (await admin.put("/v1/shipping-methods/standard", json=TO_VIENNA_TOO)).is_success
        for (country, tax_class), points in RATES.items():
            rate = f"/v1/tax-rates/{country}/{tax_class}"
            assert (await admin.put(rate, json={"basis_points": points}, headers=key())).is_success
        order = await place(shop, ada, ("MUG", 1))
        path = f"/v1/orders/{order['order_id']}"
        book = {"title": "Book", "unit_price_minor": 1070, "quantity": 1, "tax_class": "reduced"}
        edit = await begin(
            admin, order, lines=[book, {**book, "title": "Gift wrap", "tax_class": "standard"}]
        )
        assert [line["tax_class"] for line in edit["preview"]["lines"]] == ["standard", "reduced", "standard"]
        assert (await confirm(admin, edit)).json()["state"] == "confirmed"
        seen = (await admin.get(path)).json()
        sold = {"MUG": ("standard", 303), "CUSTOM-1": ("reduced", 70), "CUSTOM-2": ("standard", 171)}
        assert taxes(seen) == sold

        edit = await begin(admin, order, shipping_address=VIENNA)
        assert (await confirm(admin, edit)).json()["state"] == "confirmed"
        moved = (await admin.get(path)).json()
        in_vienna = {"MUG": ("standard", 317), "CUSTOM-1": ("reduced", 97), "CUSTOM-2": ("standard", 178)}
        assert taxes(moved) == in_vienna
        assert moved["totals"]["total_minor"] == seen["totals"]["total_minor"], "prices include the tax"
        assert moved["totals"]["tax_minor"] == 317 + 97 + 178 + 78, "shipping as it was"

        again = await ask(admin, f"{path}/reissue", {"prices": "today"}, 201)
        assert taxes(again["order"]) == in_vienna
        await _forget_and_migrate(shop)
        assert taxes((await admin.get(path)).json()) == in_vienna, "named by an edit"
        anew = await admin.get(f"/v1/orders/{again['order']['order_id']}")
        assert taxes(anew.json()) == in_vienna, "named by a draft's terms"
        change = {"version": again["order"]["version"], "shipping_address": ADDRESS}
        draft = f"/v1/order-drafts/{again['order']['order_id']}"
        home = await admin.patch(draft, json=change, headers=key())
        assert home.is_success, home.text
        assert taxes(home.json()["order"]) == sold
        gone = await admin.patch(
            draft,
            json={
                "version": home.json()["order"]["version"],
                "shipping_address": {**VIENNA, "country": "FR"},
            },
            headers=key(),
        )
        assert {tax for _, tax in taxes(gone.json()["order"]).values()} == {0}, "no rate there, no tax"


async def test_an_article_whose_class_changed_is_kept_under_the_one_that_its_order_is_taxed_by(
    shop: Shop,
) -> None:
    async with shop.client(guest()) as ada, shop.client(staff()) as admin:
        assert (await admin.put("/v1/shipping-methods/standard", json=TO_VIENNA_TOO)).is_success
        for (country, tax_class), points in RATES.items():
            rate = f"/v1/tax-rates/{country}/{tax_class}"
            assert (await admin.put(rate, json={"basis_points": points})).is_success
        order = await place(shop, ada, ("MUG", 1), ("VASE", 1))
        path = f"/v1/orders/{order['order_id']}"
        mug = next(line["product_id"] for line in order["lines"] if line["sku"] == "MUG")
        changed = await admin.patch(f"/v1/products/{mug}", json={"tax_class": "reduced"}, headers=key())
        assert changed.is_success, changed.text
        await shop.deliver_events()

        stays = await begin(admin, order, lines=[{"sku": "VASE", "quantity": 2}])
        assert (await confirm(admin, stays)).json()["state"] == "confirmed"
        assert taxes((await admin.get(path)).json())["MUG"] == ("standard", 303), (
            "sold so, and goes nowhere else"
        )

        moves = await begin(admin, order, shipping_address=VIENNA)
        shown = {line["sku"]: line["tax_class"] for line in moves["preview"]["lines"]}
        assert shown == {"MUG": "reduced", "VASE": "standard"}
        assert (await confirm(admin, moves)).json()["state"] == "confirmed"
        assert taxes((await admin.get(path)).json()) == {"MUG": ("reduced", 173), "VASE": ("standard", 2267)}
