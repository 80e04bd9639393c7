"""Where one can go in the back office: what the navigation, the command palette and the keyboard offer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit


@dataclass(frozen=True, slots=True)
class Place:
    """`key` follows a g on the keyboard. `permission` empty: for every member of staff. `below` are the pages of a
    place that has several, its own among them: shown as tabs above each of them, not in the navigation."""

    path: str
    title: str
    icon: str
    permission: str
    key: str = ""
    waiting: str = ""  # which count of work stands beside it: see frame.work_waiting
    below: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    places: tuple[Place, ...]


READ_STOCK, READ_PAYMENTS = "inventory:read", "payments:read"
INVENTORY = (
    Place("/admin/stock", marked("Stock"), "warehouse", READ_STOCK, "i"),
    Place("/admin/low-stock", marked("Low stock"), "package-open", READ_STOCK, "w"),
    Place("/admin/counts", marked("Counts and corrections"), "list-checks", READ_STOCK, "n"),
    Place("/admin/stock/file", marked("Files"), "file-up", "inventory:write"),
)
WAREHOUSE = (
    Place("/admin/pick-lists", marked("Pick lists"), "clipboard-check", READ_STOCK, "l"),
    Place("/admin/receiving", marked("Receiving"), "package-plus", READ_STOCK, "a"),
    Place("/admin/transfers", marked("Transfers"), "arrow-left-right", READ_STOCK, "f"),
    Place("/admin/bins", marked("Zones and bins"), "layout-grid", READ_STOCK, "z"),
)
PURCHASING = (
    Place("/admin/purchase-orders", marked("Purchase orders"), "clipboard-list", READ_STOCK, "q"),
    Place("/admin/suppliers", marked("Suppliers"), "factory", READ_STOCK, "b"),
)
MONEY = (
    Place("/admin/payments", marked("Payments"), "wallet", READ_PAYMENTS, "j"),
    Place("/admin/payments?view=awaited", marked("Awaited money"), "landmark", READ_PAYMENTS),
    Place("/admin/payments?view=gift_cards", marked("Gift cards"), "gift", READ_PAYMENTS),
    Place("/admin/payments?view=disputes", marked("Disputes"), "scale", READ_PAYMENTS),
    Place("/admin/payments?view=ledger", marked("Ledger"), "book-open", READ_PAYMENTS),
    Place("/admin/settlements", marked("Settlements"), "file-check", READ_PAYMENTS),
    Place("/admin/payments?view=rules", marked("Processors"), "route", READ_PAYMENTS),
)

GROUPS: tuple[Group, ...] = (
    Group(
        "",
        (
            Place("/admin", marked("Home"), "house", "", "h"),
            Place("/admin/orders", marked("Orders"), "package", "orders:read", "o", "orders"),
            Place("/admin/returns", marked("Returns"), "undo-2", "orders:read", "u", "returns"),
            Place("/admin/payments", marked("Money"), "wallet", READ_PAYMENTS, below=MONEY),
        ),
    ),
    Group(
        marked("Catalogue"),
        (
            Place("/admin/products", marked("Products"), "tag", "products:read", "p"),
            Place("/admin/categories", marked("Categories"), "folder-tree", "products:write", "k"),
            Place("/admin/promotions", marked("Promotions"), "percent", "orders:write", "d"),
            Place("/admin/reviews", marked("Reviews"), "star", "reviews:write", "v", "reviews"),
        ),
    ),
    Group(
        marked("Goods"),
        (
            Place("/admin/stock", marked("Inventory"), "warehouse", READ_STOCK, below=INVENTORY),
            Place("/admin/pick-lists", marked("Warehouse"), "clipboard-check", READ_STOCK, below=WAREHOUSE),
            Place("/admin/purchase-orders", marked("Purchasing"), "factory", READ_STOCK, below=PURCHASING),
        ),
    ),
    Group(
        marked("People"),
        (
            Place("/admin/customers", marked("Customers"), "users", "customers:read", "c"),
            Place("/admin/mail", marked("Mail"), "mail", "messages:read", "m"),
        ),
    ),
    Group(
        marked("Insight"),
        (
            Place("/admin/reports", marked("Reports"), "chart-no-axes-combined", "reports:read", "r"),
            Place("/admin/search", marked("Search"), "text-search", "search:write", "s"),
        ),
    ),
    Group(
        marked("System"),
        (
            Place("/admin/settings", marked("Settings"), "settings", "orders:write", "t"),
            Place("/admin/events", marked("Parked events"), "inbox", "operations:write", "e", "events"),
            Place("/admin/health", marked("Health"), "activity", "operations:write", "y"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to begin, from wherever one is."""

    path: str
    title: str
    icon: str
    permission: str


DEEDS: tuple[Deed, ...] = (
    Deed("/admin/products/new", marked("Create a product"), "plus", "products:write"),
    Deed("/admin/stock/receive", marked("Receive a delivery"), "package-plus", "inventory:write"),
    Deed("/admin/promotions/new", marked("Create a promotion"), "ticket-percent", "orders:write"),
    Deed("/admin/drafts/new", marked("Put an order together"), "plus", "orders:write"),
    Deed("/admin/order-imports", marked("Import orders"), "upload", "orders:write"),
    Deed("/admin/orders/export", marked("Export orders"), "download", "orders:read"),
    Deed("/admin/payments?view=gift_cards", marked("Issue a gift card"), "gift", "payments:write"),
    Deed("/admin/purchase-orders/new", marked("Order from a supplier"), "clipboard-list", "inventory:write"),
    Deed("/admin/orders?tab=open", marked("Orders to ship"), "truck", "orders:read"),
    Deed("/admin/stock?below=10", marked("What runs low"), "package-open", "inventory:read"),
)


def open_groups(visit: Visit) -> list[Group]:
    """What this member of staff may see, in groups that are not empty."""
    groups = [Group(group.title, _open(visit, group.places)) for group in GROUPS]
    return [group for group in groups if group.places]


def _open(visit: Visit, places: tuple[Place, ...]) -> tuple[Place, ...]:
    return tuple(
        dataclasses.replace(place, below=_open(visit, place.below))
        for place in places
        if allows(visit, place.permission)
    )


def all_places(groups: list[Group]) -> list[Place]:
    """Where one can go, each once: of a place that has pages below it, those."""
    return [page for group in groups for place in group.places for page in place.below or (place,)]


def place_of(visit: Visit, groups: list[Group]) -> Place | None:
    """Which place of the navigation this page belongs to."""
    nearest = nearest_of(visit, all_places(groups))
    places = (place for group in groups for place in group.places)
    return next((place for place in places if nearest in (place.below or (place,))), None)


def nearest_of(visit: Visit, places: Iterable[Place]) -> Place | None:
    """The one with the longest address that this page's begins with."""
    fitting = [place for place in places if _leads_to(place, visit)]
    return max(fitting, key=lambda place: len(place.path), default=None)


def _leads_to(place: Place, visit: Visit) -> bool:
    path, _, view = place.path.partition("?view=")
    if view and visit.query["view"] != view:
        return False
    return visit.path == path or (path != "/admin" and visit.path.startswith(f"{path}/"))


def open_deeds(visit: Visit) -> list[Deed]:
    return [deed for deed in DEEDS if allows(visit, deed.permission)]


def allows(visit: Visit, permission: str) -> bool:
    return not permission or visit.may(permission)
