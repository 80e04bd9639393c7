"""Who may do what: every operation by every role, out of the OpenAPI document, through the gateway.

A new route is tested by being declared. A new kind of id in a path, a query or a body fails here until it
is said whose it is.
"""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.promises.belongings import PERSONAL, Belongings, ids_in
from tests.promises.market import GUEST, Market, Person
from tests.promises.operations import BY_ID, OPERATIONS, Operation
from tests.stage import key
from tradewind.contracts.user import ROLES

pytestmark = pytest.mark.asyncio(loop_scope="module")
EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
CALLERS = ("guest", *ROLES, "api_key_without_scopes")
# A session or a key that one of these ends must not be another test's.
ENDS_CREDENTIALS = tuple(o.id for o in OPERATIONS if o.service == "user" and o.mutates)


class Cast:
    """One person a role; a new one for each operation that could end what another test needs."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._people: dict[str, Person] = {}

    async def play(self, role: str, operation: Operation) -> Person:
        if operation.id in ENDS_CREDENTIALS:
            return await self._new(role)
        if role not in self._people:
            self._people[role] = await self._new(role)
        return self._people[role]

    async def _new(self, role: str) -> Person:
        if role == "guest":
            return GUEST
        if role == "api_key_without_scopes":
            # Of an administrator: the key may do no more than its scopes, which are none.
            return await self._market.api_key(await self._market.person("administrator"))
        return await self._market.person(role)


_casts: dict[int, Cast] = {}


def cast_of(market: Market) -> Cast:
    return _casts.setdefault(id(market), Cast(market))


def expected_refusal(operation: Operation, role: str) -> tuple[int, str] | None:
    """Status and code, from what the document says of the operation; None where the role may."""
    policy, permission = operation.policy, operation.policy["permission"]
    if role == "guest":
        return (401, "authentication_required") if policy["signed_in"] else None
    if permission is not None:
        held = ROLES.get(role, frozenset())
        return None if permission in held else (403, "permission_required")
    if role == "api_key_without_scopes" and "api_key_not_allowed" in operation.codes(403):
        return 403, "api_key_not_allowed"
    return None


def is_staff_for(operation: Operation, role: str) -> bool:
    """No stranger: it is this role's work to see what belongs to others."""
    return operation.policy["permission"] in ROLES.get(role, frozenset())


def is_denied(answer: httpx.Response) -> bool:
    """Refused for who asks, rather than for what is asked."""
    codes = ("authentication_required", "permission_required", "credential_invalid", "api_key_not_allowed")
    return answer.status_code in (401, 403) and answer.json()["code"] in codes


def unknown(name: str) -> str:
    """A value for a path parameter that names nothing."""
    return (
        str(uuid.uuid4())
        if name.endswith("_id")
        else {"country": "FR", "code": "NOWHERE-9"}.get(name, "none")
    )


def content(operation: Operation, body: Any = None) -> dict[str, Any]:
    route = operation.route
    if route.body is bytes:
        return {"content": b""}
    return {"json": body if body is not None else route.example} if route.body is not None else {}


@EVERY
@pytest.mark.parametrize("role", CALLERS)
async def test_every_operation_by_every_role(market: Market, operation: Operation, role: str) -> None:
    who = await cast_of(market).play(role, operation)
    url = operation.url({name: unknown(name) for name in operation.path_names})
    answer = await market.edge.request(
        operation.route.method, url, headers={**who.headers, **key()}, **content(operation)
    )
    wanted = expected_refusal(operation, role)
    if wanted is None:
        assert not is_denied(answer), answer.text
        assert answer.status_code < 500, answer.text
    else:
        assert (answer.status_code, answer.json()["code"]) == wanted, answer.text


@pytest.mark.parametrize("role", CALLERS)
async def test_drafts_are_for_those_who_may_see_them(market: Market, role: str) -> None:
    """The one list whose policy depends on what is asked for."""
    draft = await market.send(market.admin, "POST", "/v1/products", {"title": "Not yet"})
    who = await cast_of(market).play(role, BY_ID["product_get_products"])
    listed = await market.edge.get("/v1/products", params={"status": "draft"}, headers=who.headers)
    shown = await market.edge.get(f"/v1/products/{draft['product_id']}", headers=who.headers)
    if "products:read" in ROLES.get(role, frozenset()):
        assert (listed.status_code, shown.status_code) == (200, 200)
        assert listed.headers["cache-control"] == shown.headers["cache-control"] == "no-store"
    else:
        assert (listed.status_code, shown.status_code) == (401 if role == "guest" else 403, 404)


async def belongings_for(market: Market, operation: Operation) -> Belongings:
    """A new customer with one of each kind of thing that the operation names."""
    ada = await market.person()
    values: dict[str, str] = {}
    beside: dict[str, str] = {}
    for name in sorted(ids_in(operation) & set(PERSONAL)):
        made = await PERSONAL[name](market, ada)
        values[name], _, other = made.partition(" ")
        if other:
            first, _, claim_id = other.partition(" ")
            beside["sku" if name == "cart_id" else "order_id"] = first
            if claim_id:
                beside["claim_id"] = claim_id
    return Belongings(ada, {**values, **beside})


ABOUT_SOMEBODY = [o for o in OPERATIONS if ids_in(o) & set(PERSONAL) and ids_in(o) - set(o.query_schemas)]
STRANGERS = ("guest", "customer", "catalogue_manager", "api_key_without_scopes")


async def ask(market: Market, operation: Operation, who: Person, mine: Belongings) -> httpx.Response:
    values = {name: mine.by_name.get(name, "none") for name in operation.path_names}
    body = dict(operation.route.example or {})
    body.update({name: value for name, value in mine.by_name.items() if name in body})
    if operation.id == "order_post_order":
        body = {"cart_id": mine.by_name["cart_id"], "card_token": await market.card_token()}
    return await market.edge.request(
        operation.route.method,
        operation.url(values),
        headers={**who.headers, **key()},
        **content(operation, body or None),
    )


@pytest.mark.parametrize("operation", ABOUT_SOMEBODY, ids=lambda operation: operation.id)
async def test_what_belongs_to_another_does_not_exist(market: Market, operation: Operation) -> None:
    """404 to whom the route is open, 401 and 403 to whom it is not; and nothing happens."""
    mine = await belongings_for(market, operation)
    strangers = {role: await cast_of(market).play(role, operation) for role in STRANGERS}
    await market.shop.deliver_events()
    before = await market.contents()
    for role, stranger in strangers.items():
        if is_staff_for(operation, role):
            continue
        answer = await ask(market, operation, stranger, mine)
        status, code = expected_refusal(operation, role) or (404, None)
        assert answer.status_code == status, f"{role}: {answer.status_code} {answer.text}"
        assert code is None or answer.json()["code"] == code
        assert not [word for word in mine.words() if word in answer.text.replace(answer.url.path, "")]
    await market.shop.deliver_events()
    assert await market.contents() == before
    if operation.policy["owner"]:
        own = await ask(market, operation, mine.ada, mine)
        assert own.status_code not in (401, 403, 404), f"the owner is refused too: {own.text}"


LISTS = [
    o for o in OPERATIONS if not o.mutates and not o.path_names and o.route.media_type == "application/json"
]


@pytest.fixture(scope="module")
def everything() -> dict[str, Belongings]:
    return {}


async def owner_of_everything(market: Market, made: dict[str, Belongings]) -> Belongings:
    if "ada" not in made:
        ada = await market.person()
        values = {}
        for name in ("order_id", "cart_id", "address_id", "api_key_id", "session_id"):
            values[name] = (await PERSONAL[name](market, ada)).partition(" ")[0]
        values["payment_id"] = await market.payment_id(values["order_id"])
        made["ada"] = Belongings(ada, values)
    return made["ada"]


@pytest.mark.parametrize("operation", LISTS, ids=lambda operation: operation.id)
@pytest.mark.parametrize("role", STRANGERS)
async def test_no_list_shows_a_stranger_what_is_anothers(
    market: Market, operation: Operation, role: str, everything: dict[str, Belongings]
) -> None:
    if is_staff_for(operation, role):
        return
    mine = await owner_of_everything(market, everything)
    who = await cast_of(market).play(role, operation)
    asked: list[dict[str, str]] = [{}] + [
        {name: mine.by_name.get(name, str(mine.ada.account_id))}
        for name in operation.query_schemas
        if name in PERSONAL
    ]
    if "email" in operation.query_schemas:
        asked.append({"email": mine.ada.email})
    for query in asked:
        query = {**{name: unknown(name) for name in operation.required_query}, **query}
        answer = await market.edge.get(operation.route.path, params=query, headers=who.headers)
        assert answer.status_code in (200, 401, 403, 404), answer.text
        shown = [word for word in mine.words() if word in answer.text]
        assert not shown, f"{query}: {shown}"


async def test_a_guests_order_opens_with_its_own_token_alone(market: Market) -> None:
    order, other = await market.order(GUEST), await market.order(GUEST)
    eve = await market.person()
    url = f"/v1/orders/{order['order_id']}"
    assert (await market.edge.get(url, params={"token": order["token"]})).status_code == 200
    for token in (None, "", other["token"], order["token"][:-1], "x" * 24):
        for who in (GUEST, eve):
            params = {} if token is None else {"token": token}
            for method, path, body in (
                ("GET", "", None),
                ("POST", "/cancel", {}),
                ("POST", "/payments", {"card_token": "tok_12345678"}),
                ("POST", "/payments/confirm", None),
            ):
                answer = await market.edge.request(
                    method, url + path, params=params, json=body, headers=who.headers
                )
                assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")
    wrong = {"number": order["number"], "email": "eve@example.com"}
    assert (await market.edge.post("/v1/orders/lookup", json=wrong)).status_code == 404


async def test_an_order_of_an_account_is_not_opened_by_its_number(market: Market) -> None:
    ada = await market.person()
    order = await market.order(ada)
    body = {"number": order["number"], "email": order["email"]}
    assert (await market.edge.post("/v1/orders/lookup", json=body)).status_code == 404


async def test_identities_that_come_from_outside_are_not_believed(market: Market) -> None:
    """A caller cannot say who it is by the headers that processes use among themselves."""
    token = market.shop.runtime.tokens.mint(market.admin.principal)
    answer = await market.edge.get("/v1/customers", headers={"tradewind-identity": token})
    assert answer.status_code == 401
    inner = await market.edge.post("/_contract/User/account", content=b"{}")
    assert inner.status_code == 404


@pytest.mark.parametrize("credential", ["tws_unknown", "twk_unknown", "nonsense", "tws_" + "x" * 500])
async def test_a_credential_that_is_not_known_is_never_a_guest(market: Market, credential: str) -> None:
    answer = await market.edge.get("/v1/products", headers={"authorization": f"Bearer {credential}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "credential_invalid")
    basic = await market.edge.get("/v1/products", headers={"authorization": "Basic YTpi"})
    assert basic.status_code == 401
