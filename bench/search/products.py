"""Products for the search benchmark, from Tradewind's JSONL or from an Open Icecat export."""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tradewind.contracts.product import ProductDocument, VariantDocument

CONVERTER = Path(__file__).parents[2] / "examples" / "icecat_to_tradewind.py"


def read_products(path: Path) -> Iterator[ProductDocument]:
    """Every product of the file as active, in our form."""
    first = next(_rows(path), None)
    rows = _converted(path) if first is not None and "supplier" in first else _rows(path)
    for row in rows:
        yield _document(row)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with (
        gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    ) as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _converted(path: Path) -> Iterator[dict[str, Any]]:
    converter = _converter()
    overview, summary = converter.survey(path), converter.Summary()
    choices = converter.Choices("EUR", "LEJ", 25, "img_500x500", ["product_type"])
    for number, row in converter.rows(path, summary):
        yield converter.convert(row, f"line {number}", overview, choices, summary)


def _converter() -> ModuleType:
    spec = importlib.util.spec_from_file_location("icecat_to_tradewind", CONVERTER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


def _document(row: dict[str, Any]) -> ProductDocument:
    pictures = row.get("images") or [{}]
    return ProductDocument(
        product_id=uuid5(NAMESPACE_URL, row["external_id"]),
        external_id=row["external_id"],
        slug=row["external_id"],
        version=1,
        status="active",
        title=row["title"],
        description=row.get("description", ""),
        brand=row.get("brand"),
        categories=row.get("categories", []),
        category_slugs=row.get("categories", []),
        attributes=row.get("attributes", {}),
        variants=[_variant(variant) for variant in row["variants"]],
        image_url=pictures[0].get("url"),
        image_alt=pictures[0].get("alt", ""),
        rating_average=None,
        rating_count=0,
        published_at=None,
    )


def _variant(row: dict[str, Any]) -> VariantDocument:
    prices = {price["currency"]: price["amount_minor"] for price in row["prices"]}
    return VariantDocument(row["sku"], row.get("gtin"), row.get("options", {}), prices, {})
