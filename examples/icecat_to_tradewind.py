#!/usr/bin/env python3
"""Turns an Open Icecat export, as the "chorus" search demo uses it, into Tradewind's product JSONL.

    python examples/icecat_to_tradewind.py products.jsonl.gz --output icecat.jsonl.gz
    tradewind import products icecat.jsonl.gz

The export has one JSON object a line: `id`, `name` (the maker's product code), `title`, `ean` (a list),
`short_description`, `img_high` and smaller pictures, `date_released`, `supplier`, `price` in minor units, and
attributes named `attr_t_...` (text), `attr_n_...` (number) and `attr_b_...` (yes or no).

The file is read twice, a line at a time: first to learn which product codes are unique and which attributes
come in more than one kind, then to write. What could not be carried over is counted and printed at the end,
with examples; a product that the shop will refuse still goes out, so that the import reports it by name.

Product texts of Open Icecat are under the Icecat Open Content License, which asks for the words
"Specs Icecat" with a link. The standard library is all that this needs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

LONGEST_SKU = 64
LONGEST_TITLE = 300
LONGEST_TEXT = 10_000
LONGEST_CATEGORY = 80
MOST_IN_A_LIST = 100
UNCATEGORISED = "Uncategorised"
PICTURES = ("img_high", "img_500x500", "img_low", "img_thumb")
KINDS = {"attr_n_": "number", "attr_b_": "flag", "attr_t_": "text"}
CARRIED = {"id", "name", "title", "ean", "short_description", "date_released", "supplier", "price", *PICTURES}

Row = dict[str, Any]
Note = Callable[[str], None]


@dataclass
class Summary:
    """What was written, and what was left behind: a count for each reason, with the first few places."""

    products: int = 0
    left_behind: Counter[str] = field(default_factory=Counter)
    examples: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, reason: str, where: str) -> None:
        self.left_behind[reason] += 1
        if len(self.examples[reason]) < 3:
            self.examples[reason].append(where)

    def text(self) -> str:
        lines = [f"{self.products} products written, each with one size of its picture"]
        for reason, count in self.left_behind.most_common():
            lines.append(f"{count:>7}  {reason} (such as {'; '.join(self.examples[reason])})")
        return "\n".join(lines)


@dataclass
class Overview:
    """What only the whole file can tell."""

    codes: Counter[str]
    kinds: dict[str, set[str]]


@dataclass
class Choices:
    currency: str
    warehouse: str
    stock: int
    picture: str | None
    category_from: list[str]


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    choices = Choices(
        options.currency,
        options.warehouse,
        options.stock,
        None if options.picture == "none" else f"img_{options.picture}",
        options.category_from or ["product_type"],
    )
    summary = Summary()
    overview = survey(options.source)
    if options.output is None:
        _write(options.source, sys.stdout, overview, choices, summary)
    else:
        with _open(options.output, "wt") as target:
            _write(options.source, target, overview, choices, summary)
    print(summary.text(), file=sys.stderr)
    return 0


def survey(source: Path) -> Overview:
    """Counts product codes, and notes in which kinds each attribute occurs."""
    overview = Overview(Counter(), defaultdict(set))
    for _, row in rows(source, Summary()):
        overview.codes[one_line(row.get("name"))] += 1
        for key in row:
            if key[:7] in KINDS:
                overview.kinds[key[7:]].add(KINDS[key[:7]])
    return overview


def rows(source: Path, summary: Summary) -> Iterator[tuple[int, Row]]:
    """Each product with the number of its line. A line that is no JSON object is noted."""
    with _open(source, "rt") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                summary.note("lines that are not JSON", f"line {number}")
                continue
            if isinstance(row, dict):
                yield number, row
            else:
                summary.note("lines that are not a JSON object", f"line {number}")


def convert(row: Row, where: str, overview: Overview, choices: Choices, summary: Summary) -> Row:
    """One product in Tradewind's form. `where` names it in the summary."""

    def note(reason: str) -> None:
        summary.note(reason, where)

    gtins = valid_gtins(row, where, summary)
    variant: Row = {"sku": sku(row, overview), "options": {}, "prices": [], "stock": {}}
    if gtins:
        variant["gtin"] = gtins[0]
    price = row.get("price")
    if isinstance(price, int) and not isinstance(price, bool) and price >= 0:
        variant["prices"] = [{"currency": choices.currency, "amount_minor": price}]
    else:
        note("products without a price in whole minor units: they go out without one")
    variant["stock"] = {choices.warehouse: choices.stock}
    title = one_line(row.get("title")) or one_line(row.get("name"))
    if len(title) > LONGEST_TITLE:
        note(f"titles cut to {LONGEST_TITLE} characters")
        title = title[:LONGEST_TITLE].rstrip()
    product = {
        "external_id": str(row.get("id") or ""),
        "title": title,
        "description": line_ends(str(row.get("short_description") or "")),
        "brand": one_line(row.get("supplier")) or None,
        "categories": [category(row, choices, note)],
        "status": "active",
        "attributes": attributes(row, gtins[1:], overview, note),
        "options": [],
        "variants": [variant],
        "images": images(row, title, choices, note),
    }
    for key in row:
        if key not in CARRIED and key[:7] not in KINDS:
            summary.note(f"fields this converter does not know: {key}", where)
    return product


def valid_gtins(row: Row, where: str, summary: Summary) -> list[str]:
    """The EANs whose check digit holds, each once, in order."""
    found: list[str] = []
    for ean in row.get("ean") or []:
        digits = str(ean).strip()
        if not is_gtin(digits):
            summary.note("EANs left out: wrong length or check digit", f"{digits} of {where}")
        elif digits not in found:
            found.append(digits)
    if not found:
        summary.note("products without a valid EAN: they go out without a GTIN", where)
    return found


def is_gtin(digits: str) -> bool:
    """Whether these are 8, 12, 13 or 14 digits, the last the check digit (GS1 General Specifications 7.9)."""
    if not re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", digits):
        return False
    weighed = (int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(weighed) % 10 == 0


def sku(row: Row, overview: Overview) -> str:
    """The maker's product code where one product alone has it and it is short enough, else with the id."""
    code, number = one_line(row.get("name")), str(row.get("id") or "")
    if code and len(code) <= LONGEST_SKU and overview.codes[code] == 1:
        return code
    room = LONGEST_SKU - len(number) - 1
    return f"{code[:room].rstrip()}-{number}".strip("- ")


def category(row: Row, choices: Choices, note: Note) -> str:
    """The first of the chosen attributes whose value reads like a name."""
    for name in choices.category_from:
        value = one_line(row.get(f"attr_t_{name}"))
        if 0 < len(value) <= LONGEST_CATEGORY and ">" not in value and re.search(r"[^\W\d_]{2}", value):
            return value[0].upper() + value[1:]
    note(f"products without a product type: put under {UNCATEGORISED}")
    return UNCATEGORISED


def attributes(row: Row, other_gtins: list[str], overview: Overview, note: Note) -> Row:
    """Attributes without their prefix, so that a name always has values of one kind.

    Where a name occurs as number and as text, numbers keep it and texts are called `..._text`.
    """
    found: Row = {}
    for key, value in row.items():
        kind = KINDS.get(key[:7])
        if kind is None or value is None:
            continue
        name, kinds = key[7:], overview.kinds[key[7:]]
        plain = next(k for k in KINDS.values() if k in kinds)
        found[name if kind == plain else f"{name}_{kind}"] = _value(value, note)
    if row.get("date_released"):
        found["date_released"] = str(row["date_released"])[:10]
    if other_gtins:
        found["gtins"] = other_gtins[:MOST_IN_A_LIST]
    if len(other_gtins) > MOST_IN_A_LIST:
        note(f"lists of further GTINs cut to {MOST_IN_A_LIST}")
    return found


def images(row: Row, title: str, choices: Choices, note: Note) -> list[Row]:
    """The picture in the chosen size; its title is its alternative text, for the export has no other."""
    url = str(row.get(choices.picture) or "") if choices.picture else ""
    if choices.picture and not url.startswith(("http://", "https://")):
        note(f"products without a picture in {choices.picture}")
    return [{"url": url, "alt": title}] if url.startswith(("http://", "https://")) else []


def one_line(value: Any) -> str:
    """Text on one line, without control characters or space around it."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", str(value or "")).split())


def line_ends(text: str) -> str:
    r"""The export writes line ends as a backslash and an n."""
    return text.replace("\\n", "\n").strip()


def _value(value: Any, note: Note) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, str):
        return value
    text = line_ends(value)
    if len(text) > LONGEST_TEXT:
        note(f"attribute texts cut to {LONGEST_TEXT} characters")
    return text[:LONGEST_TEXT]


def _write(source: Path, target: TextIO, overview: Overview, choices: Choices, summary: Summary) -> None:
    for number, row in rows(source, summary):
        where = f"line {number}, id {row.get('id') or 'missing'}"
        product = convert(row, where, overview, choices, summary)
        target.write(json.dumps(product, ensure_ascii=False) + "\n")
        summary.products += 1


def _open(path: Path, mode: str) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, mode, encoding="utf-8")  # type: ignore[return-value]
    return path.open(mode, encoding="utf-8")  # type: ignore[return-value]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n\n", 1)[0],
        epilog="The summary goes to standard error; nothing is left out without a line there.",
    )
    parser.add_argument("source", type=Path, help="the export, JSONL, may be gzipped (.gz)")
    parser.add_argument(
        "--output", type=Path, help="file to write, gzipped if .gz (default: standard output)"
    )
    parser.add_argument("--currency", default="EUR", help="of the prices (default: EUR)")
    parser.add_argument("--warehouse", default="LEJ", help="code of the warehouse (default: LEJ)")
    parser.add_argument("--stock", type=int, default=25, help="pieces on hand of each product (default: 25)")
    parser.add_argument(
        "--picture",
        choices=["high", "500x500", "low", "thumb", "none"],
        default="500x500",
        help="which size of the picture to link to (default: 500x500)",
    )
    parser.add_argument(
        "--category-from",
        action="append",
        metavar="NAME",
        help="text attribute to take the category from; may be repeated, the first that has a name wins "
        "(default: product_type)",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
