"""Shopify's product CSV: rows become products with their variants and images."""

from __future__ import annotations

import csv
import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tradewind.contracts.inventory import StockCount
from tradewind.services.product.domain import Image, Price
from tradewind.services.product.importing.plain_text import plain_text
from tradewind.services.product.importing.rows import Row
from tradewind.services.product.importing.shopify import ShopifyReader

HEADER = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,"
    "Option2 Name,Option2 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,"
    "Variant Compare At Price,Variant Barcode,Image Src,Image Position,Image Alt Text,Gift Card,Status"
)
COLUMNS = HEADER.split(",")


def sheet(*rows: dict[str, Any]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return ("\ufeff" + text.getvalue()).encode()


def read(content: bytes, currency: str = "EUR", warehouse: str | None = "LEJ") -> list[Row]:
    reader = ShopifyReader(currency, warehouse)
    rows = [
        row for number, line in enumerate(io.BytesIO(content), start=1) for row in reader.feed(number, line)
    ]
    return rows + list(reader.finish())


def first(**cells: Any) -> dict[str, Any]:
    return {
        "Handle": "aldea",
        "Title": "Aldea vase",
        "Published": "TRUE",
        "Status": "active",
        "Option1 Name": "Title",
        "Option1 Value": "Default Title",
        "Variant SKU": "ALDEA",
        "Variant Price": "68.00",
        **{name.replace("_", " "): value for name, value in cells.items()},
    }


def told(row: Row) -> list[tuple[str, str, str | None]]:
    return [(problem.severity, problem.code, problem.field) for problem in row.problems]


def only(content: bytes, **how: Any) -> Row:
    (row,) = read(content, **how)
    return row


def test_a_product_of_several_rows_has_their_variants_and_images() -> None:
    clay = first(
        Vendor="Studio Orno",
        Type="Vase",
        Tags="new, terracotta,",
        Option1_Name="Colour",
        Option1_Value="Clay",
        Option2_Name="Size",
        Option2_Value="S",
        Variant_SKU="ALDEA-CLAY-S",
        Variant_Grams="900",
        Variant_Inventory_Qty="12",
        Variant_Compare_At_Price="82.00",
        Variant_Barcode="'4006381333931",
        Image_Src="https://cdn.test/2.jpg",
        Image_Position="2",
    )
    clay["Product Category"] = "Home & Garden > Decor > Vases"
    clay["Body (HTML)"] = '<p>Thrown by "hand", once.</p>\n<p>Two<br>lines</p>'
    sand = {"Handle": "aldea", "Option1 Value": "Sand", "Option2 Value": "L", "Variant SKU": "ALDEA-SAND-L"}
    sand |= {"Variant Price": "70.5", "Image Src": "https://cdn.test/1.jpg", "Image Position": "1"}
    picture = {"Handle": "aldea", "Image Src": "https://cdn.test/3.jpg", "Image Alt Text": "Third"}
    row = only(sheet(clay, sand, picture))
    assert row.problems == [] and row.line == 2 and row.content is not None
    content = row.content
    assert (content.external_id, content.title, content.brand) == ("aldea", "Aldea vase", "Studio Orno")
    assert content.description == 'Thrown by "hand", once.\n\nTwo\nlines'
    assert content.categories == ["Home & Garden > Decor > Vases"]
    assert content.attributes == {"Type": "Vase", "Tags": ["new", "terracotta"]}
    assert content.options == ["Colour", "Size"] and content.status == "active"
    one, two = content.variants
    assert (one.sku, one.gtin, one.weight_grams) == ("ALDEA-CLAY-S", "4006381333931", 900)
    assert one.prices == [Price("EUR", 6800, 8200)] and one.options == {"Colour": "Clay", "Size": "S"}
    assert two.prices == [Price("EUR", 7050)] and two.options == {"Colour": "Sand", "Size": "L"}
    assert [image.url[-5] for image in content.images] == ["1", "2", "3"]
    assert content.images[2] == Image("https://cdn.test/3.jpg", "Third")
    assert row.stock == [StockCount("ALDEA-CLAY-S", "LEJ", 12)]


def test_default_title_means_no_options() -> None:
    row = only(sheet(first()))
    assert row.content is not None and row.content.options == [] and row.content.variants[0].options == {}


def test_lines_within_quotes_belong_to_one_row() -> None:
    cells = first()
    cells["Body (HTML)"] = 'One\n"two"\n\nthree'
    rows = read(sheet(cells, first() | {"Handle": "b", "Variant SKU": "B"}))
    assert [(row.line, row.external_id) for row in rows] == [(2, "aldea"), (6, "b")]
    assert rows[0].content is not None and rows[0].content.description == 'One\n"two"\n\nthree'


def test_what_is_not_published_is_a_draft() -> None:
    for cells, status in (
        ({"Status": "draft"}, "draft"),
        ({"Status": "archived"}, "archived"),
        ({"Status": "active", "Published": "false"}, "draft"),
        ({"Status": "", "Published": "true"}, "active"),
        ({"Status": "", "Published": "FALSE"}, "draft"),
    ):
        row = only(sheet(first() | cells))
        assert row.content is not None and row.content.status == status


def test_amounts_are_in_minor_units_of_the_currency() -> None:
    for currency, text, minor in (("EUR", "19.99", 1999), ("JPY", "1999", 1999), ("KWD", "1.005", 1005)):
        row = only(sheet(first(Variant_Price=text)), currency=currency)
        assert row.content is not None and row.content.variants[0].prices == [Price(currency, minor)]
    for text in ("19.999", "-1", "free", "1e40", "NaN"):
        row = only(sheet(first(Variant_Price=text)))
        assert row.content is None
        assert {code for _, code, _ in told(row)} == {"price_invalid", "no_price"}


def test_a_compare_at_price_of_nothing_is_none() -> None:
    for text in ("", "0.00", "68.00"):
        row = only(sheet(first(Variant_Compare_At_Price=text)))
        assert row.problems == [] and row.content is not None
        assert row.content.variants[0].prices == [Price("EUR", 6800)]


def test_a_variant_without_a_sku_is_given_one_that_stays_the_same() -> None:
    row = only(sheet(first(Variant_SKU="", Option1_Name="Colour", Option1_Value="Dark Red")))
    assert row.content is not None and row.content.variants[0].sku == "aldea-dark-red"
    assert told(row) == [("warning", "sku_missing", "variants[0].sku")]


def test_a_barcode_of_ones_own_and_negative_stock_are_told_and_left_out() -> None:
    row = only(sheet(first(Variant_Barcode="INT-1", Variant_Inventory_Qty="-3")))
    assert row.content is not None and row.content.variants[0].gtin is None and row.stock == []
    assert {code for _, code, _ in told(row)} == {"gtin_invalid", "value_invalid"}


def test_without_a_warehouse_stock_stays_as_it_is() -> None:
    assert only(sheet(first(Variant_Inventory_Qty="3")), warehouse=None).stock == []


def test_rows_that_cannot_be_read_are_told_with_their_line_and_the_others_taken() -> None:
    good = sheet(first(), first() | {"Handle": "b", "Variant SKU": "B"})
    broken = good.replace(b"\r\nb,", b'\r\nx"y",\xff\r\nb,', 1) + b',,,\r\nc,"open'
    rows = read(broken)
    assert [(row.line, row.external_id) for row in rows if row.content is not None] == [
        (2, "aldea"),
        (4, "b"),
    ]
    assert [row.line for row in rows if row.content is None] == [3, 6]


def test_a_file_of_something_else_is_refused_once() -> None:
    rows = read(b"name,price\nVase,5\nBowl,6\n")
    assert len(rows) == 1 and rows[0].problems[0].code == "csv_invalid" and rows[0].line == 1


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    read(content)
    read(sheet(first()) + content)


def test_html_becomes_plain_text() -> None:
    html = "<h2>Care</h2><ul><li>Wash &amp; dry</li>\n<li>No <b>bleach</b></li></ul><script>x()</script>Ok"
    assert plain_text(html) == "Care\n\n- Wash & dry\n- No bleach\n\nOk"
    assert plain_text("Plain\n\ntext, 3 > 2") == "Plain\n\ntext, 3 > 2"
    assert plain_text("") == ""


@given(st.text())
def test_any_text_survives_being_read_as_html(text: str) -> None:
    assert isinstance(plain_text(text), str)
