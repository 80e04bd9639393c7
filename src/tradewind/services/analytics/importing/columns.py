"""Which column of a file of orders is which: by the names that exports give them, or as one is told. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tradewind.kernel.errors import Invalid

NEEDED: Final = ("invoice", "time", "sku", "quantity", "unit_price")
OPTIONAL: Final = ("customer", "customer_name", "country", "text", "category", "product_id", "currency")
FIELDS: Final = (*NEEDED, *OPTIONAL)
_ALIASES: Final = {
    "invoice": "invoice invoiceno invoicenumber invoiceid order orderid orderno ordernumber name",
    "time": "time date datetime invoicedate invoicetime orderdate createdat timestamp at",
    "sku": "sku stockcode code item itemcode productcode articleno lineitemsku",
    "quantity": "quantity qty count units pieces lineitemquantity",
    "unit_price": "unitprice price unitcost amount itemprice lineitemprice",
    "customer": "customer customerid customerno customernumber client clientid email",
    "customer_name": "customername clientname buyer",
    "country": "country shippingcountry countrycode billingcountry",
    "text": "text description title productname product itemname lineitemname",
    "category": "category categorypath productcategory",
    "product_id": "productid",
    "currency": "currency currencycode",
}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def columns_of(header: Sequence[str], told: dict[str, str]) -> dict[str, int]:
    """Where each field is. `told` names columns by field and goes before the usual names.

    Raises Invalid for a field that is needed and not there, naming it.
    """
    places = {_plain(name): place for place, name in reversed(list(enumerate(header)))}
    found: dict[str, int] = {}
    for field in FIELDS:
        names = [told[field]] if field in told else _ALIASES[field].split()
        place = next((places[_plain(name)] for name in names if _plain(name) in places), None)
        if place is not None:
            found[field] = place
        elif field in told:
            raise Invalid("column_missing", f"the file has no column {told[field]}", field="map")
        elif field in NEEDED:
            raise Invalid(
                "column_missing",
                f"no column for {field}: the file has {', '.join(header)}; say which with map {field}=COLUMN",
                field="map",
            )
    return found


def read_map(text: str | None) -> dict[str, str]:
    """`invoice=Bill No,time=Billed`. Raises Invalid."""
    told: dict[str, str] = {}
    for pair in (text or "").split(","):
        if not pair.strip():
            continue
        field, equals, name = pair.partition("=")
        if field.strip() not in FIELDS or not equals or not name.strip():
            raise Invalid(
                "map_invalid", f"write FIELD=COLUMN, of the fields {', '.join(FIELDS)}", field="map"
            )
        told[field.strip()] = name.strip()
    return told
