"""Imported orders as the rows that they become. Pure."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from tradewind.kernel.words import words
from tradewind.services.order.importing.rows import line_total, total_of
from tradewind.services.order.shapes.imports import ImportedAddress, ImportedOrder

UNKNOWN = "–"


def order_id_of(source: str, external_id: str, placed_at: datetime) -> UUID:
    """The same for the same order; it sorts by when it was placed, as every order's id does (UUID version 7)."""
    digest = int.from_bytes(hashlib.sha256(f"{source}\n{external_id}".encode()).digest()[:10], "big")
    milliseconds = int(_utc(placed_at).timestamp() * 1000)
    bits = milliseconds << 80 | digest
    bits = bits & ~(0xF << 76) | 7 << 76
    return UUID(int=bits & ~(0x3 << 62) | 2 << 62)


def rendered(source: str, order: ImportedOrder, now: datetime) -> dict[str, Any]:
    """As store/imports.py takes it: the columns of the order, with `lines`, `words`, `parcel` and `refund`."""
    placed_at, total = _utc(order.placed_at), total_of(order)
    shipped = order.state != "cancelled"
    refunded = order.refunded_minor
    if refunded is None:
        refunded = total if order.state == "returned" else 0
    order_id = order_id_of(source, order.external_id, placed_at)
    shipping = _address(order.shipping_address)
    billing = _address(order.billing_address) if order.billing_address else shipping
    number = order.number or f"{source.upper()}-{order.external_id}"
    added = 0 if order.prices_include_tax else sum(line.tax_minor for line in order.lines)
    return {
        "order_id": order_id,
        "number": number,
        "external_id": order.external_id,
        "account_id": order.account_id,
        "email": order.email,
        "state": order.state,
        "currency": order.currency,
        "language": order.language,
        "subtotal_minor": sum(line.quantity * line.unit_price_minor for line in order.lines),
        "discount_minor": sum(line.discount_minor for line in order.lines),
        "shipping_minor": order.shipping_minor,
        "shipping_tax_minor": order.shipping_tax_minor,
        "prices_include_tax": order.prices_include_tax,
        "tax_added_minor": added + (0 if order.prices_include_tax else order.shipping_tax_minor),
        "tax_minor": sum(line.tax_minor for line in order.lines) + order.shipping_tax_minor,
        "total_minor": total,
        "captured_minor": total if shipped else 0,
        "refunded_minor": refunded if shipped else 0,
        "shipping_address": shipping,
        "billing_address": billing,
        "shipping_method": order.shipping_method,
        "created_at": placed_at,
        "updated_at": now,
        "lines": _lines(order, shipped=shipped),
        "words": [*words(_found_by(order, number)), number.lower()],
        "parcel": _parcel(order, order_id, total, placed_at) if shipped else None,
        "refund_id": uuid5(order_id, "refund"),
    }


def _found_by(order: ImportedOrder, number: str) -> list[str]:
    people = [order.shipping_address, *([order.billing_address] if order.billing_address else [])]
    texts = [order.email, number, order.external_id, *(line.sku for line in order.lines)]
    return texts + [text for address in people for text in (address.name, address.company)]


def _lines(order: ImportedOrder, *, shipped: bool) -> list[dict[str, Any]]:
    included = order.prices_include_tax
    return [
        {
            "line": number,
            "sku": line.sku,
            "title": line.title or line.sku,
            "quantity": line.quantity,
            "fulfilled_quantity": line.quantity if shipped else 0,
            "unit_price_minor": line.unit_price_minor,
            "discount_minor": line.discount_minor,
            "total_minor": line_total(line, prices_include_tax=included),
            "tax_basis_points": line.tax_basis_points,
            "tax_minor": line.tax_minor,
            "tax_added_minor": 0 if included else line.tax_minor,
        }
        for number, line in enumerate(order.lines, start=1)
    ]


def _parcel(order: ImportedOrder, order_id: UUID, total: int, placed_at: datetime) -> dict[str, Any]:
    """All of it in one: what more is known of its parcels is not asked."""
    return {
        "fulfilment_id": uuid5(order_id, "parcel"),
        "state": "delivered" if order.delivered_at else "shipped",
        "lines": [{"sku": line.sku, "quantity": line.quantity} for line in order.lines],
        "capture_minor": total,
        "carrier": order.carrier,
        "tracking_number": order.tracking_number,
        "shipped_at": _utc(order.shipped_at or placed_at),
        "delivered_at": _utc(order.delivered_at) if order.delivered_at else None,
    }


def _address(address: ImportedAddress) -> dict[str, str]:
    return {
        "name": address.name or address.company or UNKNOWN,
        "line1": address.line1 or UNKNOWN,
        "city": address.city or UNKNOWN,
        "country": address.country,
        "line2": address.line2,
        "postal_code": address.postal_code,
        "region": address.region,
        "company": address.company,
    }


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
