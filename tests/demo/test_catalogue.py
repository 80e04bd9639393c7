"""The demo shop's catalogue is one that the import takes without a word, and shows what it says."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import msgspec
import pytest
from PIL import Image
from tools.pictures.scenes import PICTURES

from tradewind import demo
from tradewind.services.product import domain

MOST_BYTES_A_PICTURE = 15_000
MOST_BYTES_IN_ALL = 1_000_000
WAREHOUSES = {"LEJ", "RTM", "MAD"}

PRODUCTS: list[dict[str, Any]] = [
    json.loads(line) for line in demo.PRODUCTS.read_text(encoding="utf-8").splitlines()
]
VARIANTS = [variant for product in PRODUCTS for variant in product["variants"]]
IMAGES = [image for product in PRODUCTS for image in product["images"]]


class Row(msgspec.Struct, forbid_unknown_fields=True):
    """A line of the file, with the shop's own limits on each field."""

    external_id: domain.ExternalId
    title: domain.Title
    description: domain.Description
    brand: domain.BrandName
    categories: domain.CategoryPaths
    status: domain.Status
    attributes: domain.Attributes
    options: domain.OptionNames
    variants: list[dict[str, Any]]
    images: domain.Images


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product["external_id"])
def test_a_product_keeps_every_rule_of_the_shop(product: dict[str, Any]) -> None:
    row = msgspec.convert(product, Row)
    sold = [{key: value for key, value in v.items() if key != "stock"} for v in row.variants]
    content = domain.Content(
        title=row.title,
        status=row.status,
        external_id=row.external_id,
        description=row.description,
        brand=row.brand,
        categories=row.categories,
        attributes=row.attributes,
        options=row.options,
        variants=msgspec.convert(sold, domain.Variants),
        images=row.images,
    )
    _, problems = domain.inspect(content)
    assert problems == []


def test_it_is_large_enough_to_look_like_a_shop() -> None:
    roots = {path.split(" > ")[0] for product in PRODUCTS for path in product["categories"]}
    assert len(PRODUCTS) >= 60
    assert len(VARIANTS) >= 170
    assert len(roots) >= 8
    assert len({product["brand"] for product in PRODUCTS}) >= 12
    assert all(" > " in path for product in PRODUCTS for path in product["categories"])
    assert Counter(product["status"] for product in PRODUCTS).keys() == {"active", "draft", "archived"}


def test_identities_are_unique() -> None:
    for found in (
        [product["external_id"] for product in PRODUCTS],
        [product["title"] for product in PRODUCTS],
        [product["description"] for product in PRODUCTS],
        [variant["sku"] for variant in VARIANTS],
        [variant["gtin"] for variant in VARIANTS],
        [image["alt"] for image in IMAGES],
    ):
        assert [value for value, count in Counter(found).items() if count > 1] == []


def test_gtins_are_from_the_range_for_internal_use() -> None:
    assert all(re.fullmatch(r"2[0-9]{12}", variant["gtin"]) for variant in VARIANTS)


def test_every_variant_is_priced_in_both_currencies_and_counted_in_each_warehouse() -> None:
    for variant in VARIANTS:
        assert [price["currency"] for price in variant["prices"]] == ["EUR", "USD"], variant["sku"]
        assert variant["stock"].keys() == WAREHOUSES, variant["sku"]
        assert all(isinstance(pieces, int) and pieces >= 0 for pieces in variant["stock"].values())
        assert variant["weight_grams"] > 0, variant["sku"]


def test_some_are_reduced_some_sold_out_and_some_nearly() -> None:
    pieces = [sum(variant["stock"].values()) for variant in VARIANTS]
    assert any("compare_at_minor" in variant["prices"][0] for variant in VARIANTS)
    assert 2 <= pieces.count(0) <= 10
    assert sum(0 < count < 5 for count in pieces) >= 5


def test_an_attribute_has_values_of_one_kind() -> None:
    kinds: dict[str, set[type]] = {}
    for product in PRODUCTS:
        for name, value in product["attributes"].items():
            kinds.setdefault(name, set()).add(type(value))
    assert {name for name, found in kinds.items() if len(found) > 1} == set()


def test_each_description_is_two_to_five_sentences() -> None:
    for product in PRODUCTS:
        sentences = re.findall(r"[.?!](?=\s|$)", product["description"])
        assert 2 <= len(sentences) <= 5, product["external_id"]


def test_pictures_are_there_small_and_all_shown() -> None:
    shown = {image["url"].removeprefix("/media/demo/") for image in IMAGES}
    files = {path.name: path.stat().st_size for path in demo.MEDIA.iterdir()}
    assert shown == files.keys()
    assert all(product["images"] for product in PRODUCTS)
    assert {name for name, size in files.items() if size > MOST_BYTES_A_PICTURE} == set()
    assert sum(files.values()) <= MOST_BYTES_IN_ALL
    for name in files:
        with Image.open(demo.MEDIA / name) as picture:
            assert (picture.format, picture.size) == ("WEBP", (480, 600)), name


def test_the_renderer_can_make_each_picture_again() -> None:
    assert {f"{name}.webp" for name in PICTURES} == {path.name for path in demo.MEDIA.iterdir()}


def test_a_product_has_a_picture_for_each_of_its_colours() -> None:
    for product in PRODUCTS:
        if product["options"][:1] == ["Colour"]:
            colours = {variant["options"]["Colour"] for variant in product["variants"]}
            assert len(product["images"]) == len(colours), product["external_id"]
