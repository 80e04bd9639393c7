"""What a page is about, said to search engines: JSON-LD of schema.org."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from tradewind.contracts.currencies import DIGITS


def product(detail: Mapping[str, Any], currency: str, origin: str) -> Markup:
    url = f"{origin}/p/{detail['slug']}"
    about: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": detail["title"],
        "description": detail["description"][:500],
        "sku": detail["variants"][0]["sku"],
        "url": url,
        "image": [_absolute(image["url"], origin) for image in detail["images"]],
        "offers": [_offer(variant, currency, url) for variant in detail["variants"] if variant["prices"]],
    }
    if detail["brand"]:
        about["brand"] = {"@type": "Brand", "name": detail["brand"]["name"]}
    if detail["rating_count"]:
        about["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": detail["rating_average"],
            "reviewCount": detail["rating_count"],
        }
    return _script(about)


def _offer(variant: Mapping[str, Any], currency: str, url: str) -> dict[str, Any]:
    amount = Decimal(variant["prices"][0]["amount_minor"]).scaleb(-DIGITS[currency])
    offer = {
        "@type": "Offer",
        "sku": variant["sku"],
        "price": str(amount),
        "priceCurrency": currency,
        "url": url,
        "availability": "https://schema.org/" + ("InStock" if variant["available"] > 0 else "OutOfStock"),
    }
    return {**offer, "gtin": variant["gtin"]} if variant["gtin"] else offer


def breadcrumbs(origin: str, crumbs: Sequence[tuple[str, str]]) -> Markup:
    """`crumbs` are names and paths, from the root down."""
    items = [
        {"@type": "ListItem", "position": number, "name": name, "item": origin + path}
        for number, (name, path) in enumerate(crumbs, start=1)
    ]
    return _script({"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items})


def _absolute(url: str, origin: str) -> str:
    return origin + url if url.startswith("/") else url


def _script(about: Mapping[str, Any]) -> Markup:
    """JSON in which no text can end the element that holds it."""
    text = json.dumps(about, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")
    return Markup(f'<script type="application/ld+json">{text}</script>')  # noqa: S704 - escaped above
