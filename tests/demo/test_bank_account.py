"""The account that a demo shop names: well formed, and nobody's."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.cli.options import load_options
from tradewind.cli.seed import DEMO_BANK_ACCOUNT, with_demo_settings
from tradewind.demo import PRODUCTS

NAME = "TRADEWIND_PAYMENT_BANK_ACCOUNT"
_PRODUCT = """
    INSERT INTO products (product_id, external_id, slug, title, description, status, attributes, options, images,
        tax_class, version, created_at, updated_at)
    VALUES (gen_random_uuid(), $1, $1, $1, '', 'draft', '{}', '[]', '[]', 'standard', 1, now(), now())
"""
_SEEDED = """
    INSERT INTO imports (import_id, fingerprint, file_name, format, state, position, batches, created, updated,
        unchanged, rejected, warnings, stock_counts, started_at, updated_at, finished_at)
    VALUES (gen_random_uuid(), '', $1, 'jsonl', 'finished', 0, 0, 0, 0, 0, 0, 0, 0, now(), now(), now())
"""


def test_the_demos_account_is_well_formed_and_no_banks() -> None:
    found = re.search(r"IBAN ([A-Z0-9 ]+), BIC (\w{8})$", DEMO_BANK_ACCOUNT)
    assert found is not None
    iban, bic = found[1].replace(" ", ""), found[2]
    digits = "".join(str(int(char, 36)) for char in iban[4:] + iban[:4])
    assert int(digits) % 97 == 1
    assert iban[4:12] == "00000000", "no bank has this code"
    assert bic[7] == "0", "of tests, says ISO 9362"


async def settings(url: str, **named: str) -> str | None:
    environ = {"TRADEWIND_DATABASE_URL": url, "TRADEWIND_SECRET_KEY": "s" * 32, **named}
    return (await with_demo_settings(environ, load_options(environ))).get(NAME)


@pytest.fixture
def empty_url(fresh_database: Callable[[], str]) -> str:
    return fresh_database()


async def test_a_shop_that_names_its_own_account_keeps_it(empty_url: str) -> None:
    assert await settings(empty_url) == DEMO_BANK_ACCOUNT, "nothing is there yet"
    assert await settings(empty_url, **{NAME: ""}) == DEMO_BANK_ACCOUNT
    assert await settings(empty_url, **{NAME: "Aldea GmbH, DE02"}) == "Aldea GmbH, DE02"


async def test_a_shop_with_products_of_its_own_tells_no_account_that_is_made_up(database_url: str) -> None:
    products = PostgresDatabase(database_url, "product")
    assert await settings(database_url) == DEMO_BANK_ACCOUNT, "no product yet"
    await products.execute(_PRODUCT, "tw-1")
    assert await settings(database_url) == DEMO_BANK_ACCOUNT, "its seeding was broken off"
    await products.execute(_PRODUCT, "lamp")
    assert await settings(database_url) is None
    await products.execute(_SEEDED, PRODUCTS.name)
    assert await settings(database_url) == DEMO_BANK_ACCOUNT, "a demo that somebody tries things in"
    await products.close()
