"""Where one can go in the back office: what the navigation, the command palette and the keyboard offer."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit


@dataclass(frozen=True, slots=True)
class Place:
    """`key` follows a g on the keyboard. `permission` empty: for every member of staff."""

    path: str
    title: str
    icon: str
    permission: str
    key: str
    waiting: str = ""  # which count of work stands beside it: see frame.work_waiting


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    places: tuple[Place, ...]


GROUPS: tuple[Group, ...] = (
    Group(
        "",
        (
            Place("/admin", marked("Home"), "house", "", "h"),
            Place("/admin/orders", marked("Orders"), "package", "orders:read", "o", "orders"),
            Place("/admin/payments", marked("Money"), "wallet", "payments:read", "j"),
            Place("/admin/returns", marked("Returns"), "undo-2", "orders:read", "u"),
            Place("/admin/returns", marked("Returns"), "undo-2", "orders:read", "x"),
        ),
    ),
    Group(
        marked("Catalogue"),
        (
            Place("/admin/products", marked("Products"), "tag", "products:read", "p"),
            Place("/admin/categories", marked("Categories"), "folder-tree", "products:write", "k"),
            Place("/admin/stock", marked("Inventory"), "warehouse", "inventory:read", "i"),
            Place("/admin/promotions", marked("Promotions"), "percent", "orders:write", "d"),
            Place("/admin/reviews", marked("Reviews"), "star", "reviews:write", "v", "reviews"),
        ),
    ),
    Group(
        marked("Warehouse"),
        (
            Place("/admin/receiving", marked("Receiving"), "package-plus", "inventory:read", "a"),
            Place("/admin/pick-lists", marked("Pick lists"), "clipboard-check", "inventory:read", "l"),
            Place("/admin/transfers", marked("Transfers"), "arrow-left-right", "inventory:read", "f"),
            Place("/admin/counts", marked("Counts"), "list-checks", "inventory:read", "n"),
            Place("/admin/low-stock", marked("Low stock"), "package-open", "inventory:read", "w"),
            Place(
                "/admin/purchase-orders", marked("Purchase orders"), "clipboard-list", "inventory:read", "u"
            ),
            Place("/admin/suppliers", marked("Suppliers"), "factory", "inventory:read", "b"),
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
    Deed("/admin/orders?tab=open", marked("Orders to ship"), "truck", "orders:read"),
    Deed("/admin/stock?below=10", marked("What runs low"), "package-open", "inventory:read"),
)


def open_groups(visit: Visit) -> list[Group]:
    """What this member of staff may see, in groups that are not empty."""
    groups = [
        Group(group.title, tuple(place for place in group.places if allows(visit, place.permission)))
        for group in GROUPS
    ]
    return [group for group in groups if group.places]


def open_deeds(visit: Visit) -> list[Deed]:
    return [deed for deed in DEEDS if allows(visit, deed.permission)]


def allows(visit: Visit, permission: str) -> bool:
    return not permission or visit.may(permission)
