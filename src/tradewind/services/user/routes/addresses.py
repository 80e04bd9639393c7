"""The caller's address book."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import ACCOUNT, Call, Route
from tradewind.services.user import queries
from tradewind.services.user.deps import Deps
from tradewind.services.user.routes.callers import account_id
from tradewind.services.user.shapes import AddressEntry, SavedAddress
from tradewind.services.user.use_cases.add_address import add_address
from tradewind.services.user.use_cases.remove_address import remove_address
from tradewind.services.user.use_cases.replace_address import replace_address

_ADDRESS_REFUSED = (
    (Invalid, "field_blank"),
    (Invalid, "control_character"),
    (Invalid, "country_unknown"),
    (Invalid, "postal_code_required"),
    (Invalid, "postal_code_invalid"),
    (Invalid, "region_required"),
)
_NOT_FOUND = (NotFound, "address_not_found")
_NO_ACCOUNT = (NotFound, "account_not_found")
_EXAMPLE = {
    "address": {
        "name": "Ada Lovelace",
        "line1": "Torstr. 1",
        "city": "Berlin",
        "country": "DE",
        "postal_code": "10119",
    },
    "default_shipping": True,
}


async def get_addresses(deps: Deps, call: Call[None, None]) -> Page[SavedAddress]:
    return await queries.addresses(deps, account_id(call))


async def post_address(deps: Deps, call: Call[AddressEntry, None]) -> SavedAddress:
    return await add_address(deps, account_id(call), call.body, call.once)


async def get_address(deps: Deps, call: Call[None, None]) -> SavedAddress:
    return await queries.address(deps, account_id(call), call.uuid("address_id"))


async def put_address(deps: Deps, call: Call[AddressEntry, None]) -> SavedAddress:
    return await replace_address(deps, account_id(call), call.uuid("address_id"), call.body, call.once)


async def delete_address(deps: Deps, call: Call[None, None]) -> None:
    await remove_address(deps, account_id(call), call.uuid("address_id"), call.once)


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/v1/me/addresses",
        get_addresses,
        ACCOUNT,
        "My addresses",
        answer=Page[SavedAddress],
    ),
    Route(
        "POST",
        "/v1/me/addresses",
        post_address,
        ACCOUNT,
        "Keep an address; the first becomes the default",
        answer=SavedAddress,
        body=AddressEntry,
        status=201,
        errors=(*_ADDRESS_REFUSED, (Conflict, "too_many_addresses"), _NO_ACCOUNT),
        example=_EXAMPLE,
    ),
    Route(
        "GET",
        "/v1/me/addresses/{address_id}",
        get_address,
        ACCOUNT,
        "One of my addresses",
        answer=SavedAddress,
        errors=(_NOT_FOUND,),
    ),
    Route(
        "PUT",
        "/v1/me/addresses/{address_id}",
        put_address,
        ACCOUNT,
        "Replace an address, or make it a default",
        answer=SavedAddress,
        body=AddressEntry,
        errors=(*_ADDRESS_REFUSED, _NOT_FOUND, _NO_ACCOUNT),
        example=_EXAMPLE,
    ),
    Route(
        "DELETE",
        "/v1/me/addresses/{address_id}",
        delete_address,
        ACCOUNT,
        "Forget an address; another becomes the default where it was one",
        status=204,
        errors=(_NOT_FOUND, _NO_ACCOUNT),
    ),
)
