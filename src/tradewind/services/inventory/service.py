"""The inventory service's table of contents: read first."""

from __future__ import annotations

from tradewind.contracts.inventory import Inventory
from tradewind.contracts.order import Orders
from tradewind.kernel.service import Service, implement
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.events import PUBLISHES, SUBSCRIPTIONS
from tradewind.services.inventory.jobs import JOBS
from tradewind.services.inventory.queries import availability
from tradewind.services.inventory.queries.policies import pickup_place, pickup_stock
from tradewind.services.inventory.routes import ROUTES
from tradewind.services.inventory.settings import Settings
from tradewind.services.inventory.use_cases.amend_stock import amend_stock
from tradewind.services.inventory.use_cases.count_stock import count_stock
from tradewind.services.inventory.use_cases.release_stock import release_stock
from tradewind.services.inventory.use_cases.reserve_stock import reserve_stock
from tradewind.services.inventory.use_cases.ship_stock import ship_stock, would_ship_stock
from tradewind.services.inventory.use_cases.take_back_stock import take_back_stock

SERVICE = Service(
    name="inventory",
    settings=Settings,
    deps=Deps,
    migrations="tradewind.services.inventory.migrations",
    routes=ROUTES,
    needs=(Orders,),
    provides=implement(
        Inventory,
        reserve=reserve_stock,
        amend=amend_stock,
        release=release_stock,
        ship=ship_stock,
        would_ship=would_ship_stock,
        take_back=take_back_stock,
        availability=availability,
        pickup_place=pickup_place,
        pickup_stock=pickup_stock,
        count=count_stock,
    ),
    publishes=PUBLISHES,
    subscriptions=SUBSCRIPTIONS,
    jobs=JOBS,
)
