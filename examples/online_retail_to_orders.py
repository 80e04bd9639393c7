#!/usr/bin/env python3
"""Turns the "Online Retail" data set (UCI, CC BY 4.0) into a history of orders as Tradewind's API takes it.

    python examples/online_retail_to_orders.py online-retail.csv.gz --parts history/
    for part in history/*.jsonl; do
        curl -X POST "$SHOP/v1/order-imports?source=online-retail" -H "Authorization: Bearer $KEY" \
            -H "Content-Type: application/x-ndjson" --data-binary @"$part"
    done

The file has a line for each article of an invoice: InvoiceNo, StockCode, Description, Quantity, InvoiceDate,
UnitPrice in pounds, CustomerID, Country; lines of one invoice stand together. An invoice becomes an order that was
shipped whole. A number that begins with C is a cancellation, mostly of a part of an earlier invoice that it does
not name: these are counted and left out, and so are lines without a price or with no pieces. Customers have
numbers alone, so that an address is made up for each.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

ORDERS_A_PART = 2_000
MOST_LINES = 1_000
COUNTRIES = {
    "United Kingdom": "GB",
    "Channel Islands": "JE",
    "EIRE": "IE",
    "France": "FR",
    "Germany": "DE",
    "Netherlands": "NL",
    "Australia": "AU",
    "Norway": "NO",
    "Switzerland": "CH",
    "Spain": "ES",
    "Poland": "PL",
    "Portugal": "PT",
    "Italy": "IT",
    "Belgium": "BE",
    "Lithuania": "LT",
    "Japan": "JP",
    "Iceland": "IS",
    "Denmark": "DK",
    "Cyprus": "CY",
    "Sweden": "SE",
    "Finland": "FI",
    "Austria": "AT",
    "Greece": "GR",
    "Singapore": "SG",
    "Lebanon": "LB",
    "United Arab Emirates": "AE",
    "Israel": "IL",
    "Saudi Arabia": "SA",
    "Czech Republic": "CZ",
    "Canada": "CA",
    "Brazil": "BR",
    "USA": "US",
    "Bahrain": "BH",
    "Malta": "MT",
    "RSA": "ZA",
    "Hong Kong": "HK",
}
Row = dict[str, str]


def orders(rows: Iterator[Row], left_behind: Counter[str]) -> Iterator[dict[str, Any]]:
    for number, of_one in groupby(rows, key=lambda row: row["InvoiceNo"]):
        invoice = list(of_one)
        if number.startswith(("C", "A")):
            left_behind["cancellations and corrections of the books"] += 1
            continue
        lines = list(lines_of(invoice, left_behind))
        if not lines:
            left_behind["invoices without a line that was sold"] += 1
            continue
        if len(lines) > MOST_LINES:
            left_behind[f"lines above {MOST_LINES} of an order"] += len(lines) - MOST_LINES
        yield order(number, invoice[0], lines[:MOST_LINES])


def order(number: str, first: Row, lines: list[dict[str, Any]]) -> dict[str, Any]:
    customer = first["CustomerID"].partition(".")[0] or f"unknown-{number}"
    return {
        "external_id": number,
        "placed_at": first["InvoiceDate"].replace(" ", "T") + "Z",
        "state": "fulfilled",
        "email": f"{customer}@online-retail.example",
        "currency": "GBP",
        "shipping_address": {
            "name": f"Customer {customer}",
            "country": COUNTRIES.get(first["Country"], "GB"),
        },
        "lines": lines,
        "total_minor": sum(line["quantity"] * line["unit_price_minor"] for line in lines),
    }


def lines_of(invoice: list[Row], left_behind: Counter[str]) -> Iterator[dict[str, Any]]:
    """Lines of one article at one price are one; at another price it gets a SKU of its own: an order has a SKU
    once."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for row in invoice:
        try:
            pieces, price = int(row["Quantity"]), int(Decimal(row["UnitPrice"]) * 100)
        except (ValueError, InvalidOperation):
            left_behind["lines whose numbers cannot be read"] += 1
            continue
        if pieces <= 0 or price <= 0:
            left_behind["lines without a price, or without pieces"] += 1
            continue
        code = row["StockCode"].strip() or "UNKNOWN"
        line = found.setdefault((code, price), {"quantity": 0, "unit_price_minor": price})
        line["quantity"] += pieces
        line["title"] = row["Description"].strip() or code
    used: Counter[str] = Counter()
    for (code, _), line in found.items():
        used[code] += 1
        yield {"sku": code if used[code] == 1 else f"{code}-AT-{used[code]}", **line}


def write_parts(folder: Path, rows: Iterator[Row]) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    left_behind: Counter[str] = Counter()
    part: TextIO | None = None
    written = 0
    for one in orders(rows, left_behind):
        if written % ORDERS_A_PART == 0:
            if part is not None:
                part.close()
            part = (folder / f"{written // ORDERS_A_PART + 1:03}.jsonl").open("w", encoding="utf-8")
        assert part is not None, "opened with the first order"
        part.write(json.dumps(one, ensure_ascii=False) + "\n")
        written += 1
    if part is not None:
        part.close()
    notes = [f"{count:>7}  {reason}" for reason, count in left_behind.most_common()]
    return "\n".join([f"{written} orders written", *notes])


def main() -> None:
    parser = argparse.ArgumentParser(description="Online Retail, as a history of orders for Tradewind.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--parts", type=Path, required=True, help="a folder for the parts")
    options = parser.parse_args()
    opened = gzip.open if options.file.suffix == ".gz" else open
    with opened(options.file, "rt", encoding="utf-8", newline="") as file:
        print(write_parts(options.parts, iter(csv.DictReader(file))), file=sys.stderr)


if __name__ == "__main__":
    main()
