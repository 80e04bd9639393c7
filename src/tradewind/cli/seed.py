"""The demo shop: accounts of every role, three warehouses, terms, and a catalogue with pictures."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

from tradewind.cli.history import seed_demo_history
from tradewind.cli.options import Options
from tradewind.cli.world import make_world
from tradewind.demo import PRODUCTS
from tradewind.demo.reviews import demo_reviews
from tradewind.kernel.compose import Runtime
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Database
from tradewind.services.inventory.shapes import WarehouseDraft
from tradewind.services.inventory.use_cases.create_warehouse import create_warehouse
from tradewind.services.order.shapes.promotions import NewPromotion
from tradewind.services.order.shapes.terms import MethodPrice, ShippingMethodInput, TaxRateInput
from tradewind.services.order.use_cases.create_promotion import create_promotion
from tradewind.services.order.use_cases.set_terms import set_shipping_method, set_tax_rate
from tradewind.services.product.importing.source import ImportSource
from tradewind.services.product.use_cases.import_products import ImportProgress, import_products
from tradewind.services.product.use_cases.take_over_reviews import take_over_reviews
from tradewind.services.user.use_cases.ensure_account import ensure_account

DEMO_PASSWORD = "demo-tradewind"  # noqa: S105 - printed at every start: it guards a demo
# No bank has the code 00000000, and a BIC with 0 in its eighth place is one of tests: nobody can send money there.
DEMO_BANK_ACCOUNT = (
    "Tradewind demo shop (made up: please transfer nothing), IBAN DE50 0000 0000 0123 4567 89, BIC DEMODEF0"
)
DEMO_ACCOUNTS = (
    ("admin@tradewind.example", "Ada Admin", ("administrator",)),
    ("support@tradewind.example", "Sam Support", ("support",)),
    ("catalogue@tradewind.example", "Cara Catalogue", ("catalogue_manager",)),
    ("warehouse@tradewind.example", "Wim Warehouse", ("warehouse",)),
    ("customer@tradewind.example", "Clara Customer", ("customer",)),
)
WAREHOUSES = (
    WarehouseDraft("LEJ", "Leipzig", "DE", 1, pickup=True),  # where customers may collect
    WarehouseDraft("RTM", "Rotterdam", "NL", 2),
    WarehouseDraft("MAD", "Madrid", "ES", 3),
)
EUROPE = ["AT", "BE", "CZ", "DE", "DK", "ES", "FI", "FR", "IE", "IT", "LU", "NL", "PL", "PT", "SE"]
FURTHER = [
    "AU", "BG", "CA", "CH", "CY", "EE", "GB", "GR", "HR", "HU", "IS", "JP", "LI", "LT", "LV", "MT", "NO", "NZ", "RO",
    "SI", "SK", "US",
]  # fmt: skip
VAT_BASIS_POINTS = {  # standard rates of 2026
    "AT": 2000, "BE": 2100, "CZ": 2100, "DE": 1900, "DK": 2500, "ES": 2100, "FI": 2550, "FR": 2000,
    "IE": 2300, "IT": 2200, "LU": 1700, "NL": 2100, "PL": 2300, "PT": 2300, "SE": 2500,
}  # fmt: skip
SHIPPING = {
    "standard": ShippingMethodInput(
        "Standard",
        {"EUR": MethodPrice(490, 7500), "USD": MethodPrice(590, 9000)},
        EUROPE,
        days_min=2,
        days_max=4,
        position=1,
    ),
    "express": ShippingMethodInput(
        "Express",
        {"EUR": MethodPrice(1290), "USD": MethodPrice(1490)},
        EUROPE,
        days_min=1,
        days_max=2,
        position=2,
    ),
    "international": ShippingMethodInput(
        "International",
        {"EUR": MethodPrice(1990), "USD": MethodPrice(2190)},
        FURTHER,
        days_min=5,
        days_max=12,
        position=3,
    ),
}


async def with_demo_settings(environ: Mapping[str, str], options: Options) -> dict[str, str]:
    """What a demo shop tells of itself where nothing is set; a shop with products of its own tells its buyers
    nothing made up. For shops that are started as one alone, before they are."""
    if environ.get("TRADEWIND_PAYMENT_BANK_ACCOUNT"):
        return dict(environ)
    products = make_world(environ, options).open_database("product")
    try:
        there = await products.value("SELECT to_regclass('products') IS NOT NULL")
        if there and await _is_anothers(products) and not await _is_seeded(products):
            return dict(environ)
    finally:
        await products.close()
    return {**environ, "TRADEWIND_PAYMENT_BANK_ACCOUNT": DEMO_BANK_ACCOUNT}


async def _is_anothers(products: Database) -> bool:
    """Whether there are products that are not the demo's."""
    return bool(
        await products.value("SELECT EXISTS (SELECT 1 FROM products WHERE external_id NOT LIKE 'tw-%')")
    )


async def _is_seeded(products: Database) -> bool:
    return bool(
        await products.value(
            "SELECT EXISTS (SELECT 1 FROM imports WHERE file_name = $1 AND state = 'finished')", PRODUCTS.name
        )
    )


async def seed_demo_shop(runtime: Runtime, console: Console) -> bool:
    """True when the demo shop is there, seeded now or before; False for a shop with products of its own.

    Safe to repeat, also after it was broken off: what is there already is left as it is.
    """
    products = runtime.running["product"].database
    complete = await _is_seeded(products)
    if await _is_anothers(products):
        return complete
    if not complete:
        await _seed_shop(runtime, console)
    await _seed_reviews(runtime, console)
    await seed_demo_history(runtime)
    return True


async def _seed_shop(runtime: Runtime, console: Console) -> None:
    product = runtime.running["product"]
    console.print("Seeding the demo shop ...")
    for email, name, roles in DEMO_ACCOUNTS:
        await ensure_account(runtime.running["user"].deps, email, name, DEMO_PASSWORD, roles)
    await _seed_warehouses(runtime)
    await _seed_terms(runtime)
    result = await import_products(product.deps, ImportSource.of_file(PRODUCTS, "jsonl"), _ignore_progress)
    console.print(f"{result.run.created} products, {len(DEMO_ACCOUNTS)} accounts")


async def _seed_reviews(runtime: Runtime, console: Console) -> None:
    deps = runtime.running["product"].deps
    if not await deps.db.value("SELECT EXISTS (SELECT FROM reviews)"):
        past = demo_reviews(deps.clock.now())
        console.print(f"{await take_over_reviews(deps, past)} reviews")


def _ignore_progress(at: ImportProgress) -> None:
    assert not at.problems, f"the demo catalogue is sound: {at.problems}"


async def _seed_warehouses(runtime: Runtime) -> None:
    deps = runtime.running["inventory"].deps
    known = {row["code"] for row in await deps.db.fetch("SELECT code FROM warehouses")}
    for warehouse in WAREHOUSES:
        if warehouse.code not in known:
            await create_warehouse(deps, warehouse, Once.unkeyed())


async def _seed_terms(runtime: Runtime) -> None:
    deps = runtime.running["order"].deps
    for code, method in SHIPPING.items():
        await set_shipping_method(deps, code, method, Once.unkeyed())
    for country, basis_points in VAT_BASIS_POINTS.items():
        await set_tax_rate(deps, country, "standard", TaxRateInput(basis_points), Once.unkeyed())
    if await deps.db.value("SELECT count(*) FROM promotions") == 0:
        welcome = NewPromotion(
            "Welcome", "percentage", codes=["WELCOME10"], basis_points=1000, most_uses=500, combinable=True
        )
        await create_promotion(deps, welcome, Once.unkeyed())
