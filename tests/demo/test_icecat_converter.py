"""The example that turns an Icecat export into products: run as a user runs it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CONVERTER = Path(__file__).parents[2] / "examples" / "icecat_to_tradewind.py"

LAMP = {
    "id": "101",
    "name": "LX-9",
    "title": "Acme LX-9 desk lamp",
    "ean": ["4006381333931", "4006381333932", "0012345678905"],
    "short_description": "A lamp.\\nIt folds.",
    "img_high": "https://pictures.example/high/101.jpg",
    "img_500x500": "https://pictures.example/500/101.jpg",
    "date_released": "2019-03-01T00:00:00Z",
    "supplier": "Acme",
    "price": 4995,
    "attr_t_product_type": "desk lamp",
    "attr_n_cable_length": 2.0,
    "attr_b_dimmable": True,
    "attr_n_bulb": 27.0,
}
CABLE = {"id": "102", "name": "70", "title": "Acme cable", "ean": [], "supplier": "Acme", "price": 900}
CABLE_AGAIN = {**CABLE, "id": "103", "attr_t_bulb": "none", "attr_t_product_type": "7"}
LONG_CODE = {**CABLE, "id": "104", "name": "x" * 90, "price": None, "colour_of_box": "red"}


def convert(tmp_path: Path, lines: list[str], *options: str) -> tuple[list[dict[str, Any]], str]:
    """The products that come out, and what is said about them."""
    source = tmp_path / "export.jsonl"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, str(CONVERTER), str(source), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.fixture
def converted(tmp_path: Path) -> tuple[list[dict[str, Any]], str]:
    rows = [LAMP, CABLE, CABLE_AGAIN, LONG_CODE]
    return convert(tmp_path, [json.dumps(row) for row in rows] + ["{broken"])


def test_a_product_is_carried_over_whole(converted: tuple[list[dict[str, Any]], str]) -> None:
    products, _ = converted
    assert products[0] == {
        "external_id": "101",
        "title": "Acme LX-9 desk lamp",
        "description": "A lamp.\nIt folds.",
        "brand": "Acme",
        "categories": ["Desk lamp"],
        "status": "active",
        "attributes": {
            "product_type": "desk lamp",
            "cable_length": 2,
            "dimmable": True,
            "bulb": 27,
            "date_released": "2019-03-01",
            "gtins": ["0012345678905"],
        },
        "options": [],
        "variants": [
            {
                "sku": "LX-9",
                "gtin": "4006381333931",
                "options": {},
                "prices": [{"currency": "EUR", "amount_minor": 4995}],
                "stock": {"LEJ": 25},
            }
        ],
        "images": [{"url": "https://pictures.example/500/101.jpg", "alt": "Acme LX-9 desk lamp"}],
    }


def test_skus_are_unique_and_short_enough(converted: tuple[list[dict[str, Any]], str]) -> None:
    products, _ = converted
    skus = [product["variants"][0]["sku"] for product in products]
    assert skus == ["LX-9", "70-102", "70-103", "x" * 60 + "-104"]


def test_an_attribute_keeps_to_one_kind(converted: tuple[list[dict[str, Any]], str]) -> None:
    products, _ = converted
    assert products[2]["attributes"]["bulb_text"] == "none"


def test_a_number_is_no_category(converted: tuple[list[dict[str, Any]], str]) -> None:
    products, _ = converted
    assert [product["categories"] for product in products[1:]] == [["Uncategorised"]] * 3


def test_nothing_is_left_behind_in_silence(converted: tuple[list[dict[str, Any]], str]) -> None:
    products, said = converted
    assert products[3]["variants"][0]["prices"] == []
    for expected in (
        "4 products written",
        "1  EANs left out: wrong length or check digit (such as 4006381333932 of line 1, id 101)",
        "3  products without a valid EAN",
        "1  products without a price in whole minor units",
        "1  fields this converter does not know: colour_of_box (such as line 4, id 104)",
        "3  products without a product type: put under Uncategorised",
        "1  lines that are not JSON (such as line 5)",
    ):
        assert expected in said


def test_currency_warehouse_stock_picture_and_category_are_options(tmp_path: Path) -> None:
    rows = [json.dumps({**LAMP, "attr_t_series": "Folding lights"})]
    place = ["--currency", "USD", "--warehouse", "RTM", "--stock", "3"]
    options = [*place, "--picture", "high", "--category-from", "series"]
    (product,), _ = convert(tmp_path, rows, *options)
    variant = product["variants"][0]
    assert variant["prices"] == [{"currency": "USD", "amount_minor": 4995}]
    assert variant["stock"] == {"RTM": 3}
    assert product["images"][0]["url"] == "https://pictures.example/high/101.jpg"
    assert product["categories"] == ["Folding lights"]


def test_gzip_is_read_and_written_by_the_name_of_the_file(tmp_path: Path) -> None:
    source, target = tmp_path / "export.jsonl.gz", tmp_path / "products.jsonl.gz"
    with gzip.open(source, "wt", encoding="utf-8") as file:
        file.write(json.dumps(LAMP) + "\n")
    subprocess.run([sys.executable, str(CONVERTER), str(source), "--output", str(target)], check=True)
    with gzip.open(target, "rt", encoding="utf-8") as file:
        assert [json.loads(line)["external_id"] for line in file] == ["101"]
