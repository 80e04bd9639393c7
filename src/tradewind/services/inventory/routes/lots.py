"""HTTP of until when lots are sold."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Invalid
from tradewind.kernel.http import Call, Route
from tradewind.services.inventory.deps import Deps
from tradewind.services.inventory.queries import lots as queries
from tradewind.services.inventory.routes.paths import LIST_ERRORS, READ, WRITE
from tradewind.services.inventory.shapes.lots import LotExpiry, LotExpiryInput, LotExpiryQuery
from tradewind.services.inventory.shapes.policies import LotLevel
from tradewind.services.inventory.use_cases.set_lot_expiry import set_lot_expiry


async def list_lot_expiries(deps: Deps, call: Call[None, LotExpiryQuery]) -> Page[LotExpiry]:
    return await queries.list_expiries(deps, call.query)


async def put_lot_expiry(deps: Deps, call: Call[LotExpiryInput, None]) -> LotLevel:
    return await set_lot_expiry(deps, call.body, call.principal.name, call.once)


ROUTES = (
    Route(
        "GET",
        "/v1/stock/lots/expiries",
        list_lot_expiries,
        READ,
        "Who changed until when a lot is sold, and why, newest first",
        answer=Page[LotExpiry],
        query=LotExpiryQuery,
        errors=LIST_ERRORS,
    ),
    Route(
        "PUT",
        "/v1/stock/lots/expiry",
        put_lot_expiry,
        WRITE,
        "Set until when a lot is sold",
        answer=LotLevel,
        body=LotExpiryInput,
        errors=((Invalid, "lot_unknown"),),
        example={
            "sku": "MILK",
            "warehouse": "BERLIN-1",
            "lot": "L-2027-03",
            "expires_on": "2027-03-31",
            "reason": "read off the carton",
        },
    ),
)
