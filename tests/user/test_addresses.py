"""The address book: whose it is, and which address is the default."""

from __future__ import annotations

import uuid
from typing import Any

from tests.shop import Shop
from tests.user.people import BERLIN, Person, at_once, code

BOOK = "/v1/me/addresses"


async def add(person: Person, line1: str, **flags: bool) -> dict[str, Any]:
    answer = await person.send("POST", BOOK, {"address": {**BERLIN, "line1": line1}, **flags})
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


async def defaults(person: Person) -> dict[str, list[str]]:
    items = (await person.send("GET", BOOK)).json()["items"]
    return {
        kind: [item["address"]["line1"] for item in items if item[f"default_{kind}"]]
        for kind in ("shipping", "billing")
    }


async def test_an_address_is_kept_as_it_was_given_but_for_its_blanks(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    written = {**BERLIN, "line1": "  Torstr.   1 ", "company": "Analytical Engines"}
    saved = (await ada.send("POST", BOOK, {"address": written})).json()
    assert saved["address"] == {**BERLIN, "company": "Analytical Engines"}
    read = await ada.send("GET", f"{BOOK}/{saved['address_id']}")
    assert read.json() == saved
    assert (await ada.send("GET", BOOK)).json() == {"items": [saved], "next": None}


async def test_the_first_address_is_the_default_and_another_takes_that_over(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    await add(ada, "first")
    await add(ada, "second")
    assert await defaults(ada) == {"shipping": ["first"], "billing": ["first"]}
    await add(ada, "third", default_billing=True)
    assert await defaults(ada) == {"shipping": ["first"], "billing": ["third"]}


async def test_a_default_moves_by_replacing_and_is_not_lost_by_it(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    first, second = await add(ada, "first"), await add(ada, "second")
    body = {"address": {**BERLIN, "line1": "second, moved"}, "default_shipping": True}
    answer = await ada.send("PUT", f"{BOOK}/{second['address_id']}", body)
    assert answer.json()["default_shipping"] is True
    assert await defaults(ada) == {"shipping": ["second, moved"], "billing": ["first"]}
    body = {"address": {**BERLIN, "line1": "first, moved"}, "default_billing": False}
    await ada.send("PUT", f"{BOOK}/{first['address_id']}", body)
    assert await defaults(ada) == {"shipping": ["second, moved"], "billing": ["first, moved"]}


async def test_when_the_default_goes_the_oldest_takes_its_place(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    first, second, third = [await add(ada, name) for name in ("first", "second", "third")]
    assert (await ada.send("DELETE", f"{BOOK}/{first['address_id']}")).status_code == 204
    assert await defaults(ada) == {"shipping": ["second"], "billing": ["second"]}
    await ada.send("DELETE", f"{BOOK}/{third['address_id']}")
    await ada.send("DELETE", f"{BOOK}/{second['address_id']}")
    assert await defaults(ada) == {"shipping": [], "billing": []}
    gone = await ada.send("DELETE", f"{BOOK}/{second['address_id']}")
    assert code(gone) == (404, "address_not_found", None)


async def test_anothers_address_is_not_found(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    eve = await Person(shop).register("eve@example.com")
    path = f"{BOOK}/{(await add(ada, 'first'))['address_id']}"
    body = {"address": BERLIN, "default_shipping": True}
    for method, sent in (("GET", None), ("PUT", body), ("DELETE", None)):
        for person, where in ((eve, path), (ada, f"{BOOK}/{uuid.uuid4()}"), (ada, f"{BOOK}/nonsense")):
            assert code(await person.send(method, where, sent)) == (404, "address_not_found", None)
    assert await defaults(ada) == {"shipping": ["first"], "billing": ["first"]}


async def test_there_is_one_default_whoever_claims_it_at_once(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    await at_once(
        *(add(ada, f"line {n}", default_shipping=n % 2 == 0, default_billing=n % 3 == 0) for n in range(12))
    )
    found = await defaults(ada)
    assert [len(found["shipping"]), len(found["billing"])] == [1, 1]


async def test_adding_and_removing_at_once_leaves_one_default_each(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    known = [await add(ada, f"old {n}") for n in range(4)]
    await at_once(
        *(ada.send("DELETE", f"{BOOK}/{address['address_id']}") for address in known),
        *(add(ada, f"new {n}", default_shipping=True) for n in range(4)),
    )
    found = await defaults(ada)
    assert [len(found["shipping"]), len(found["billing"])] == [1, 1]


async def test_an_address_book_ends_at_fifty(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    for number in range(47):
        await add(ada, f"line {number}")
    body = {"address": BERLIN}
    answers = await at_once(*(ada.send("POST", BOOK, body) for _ in range(6)))
    assert (
        sorted(code(answer)[:2] for answer in answers)
        == [(201, None)] * 3 + [(409, "too_many_addresses")] * 3
    )


async def test_a_form_filled_in_wrongly_names_its_field(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    changes: list[tuple[dict[str, str], tuple[str, str]]] = [
        ({"postal_code": "1"}, ("postal_code_invalid", "address.postal_code")),
        ({"postal_code": ""}, ("postal_code_required", "address.postal_code")),
        ({"country": "ZZ"}, ("country_unknown", "address.country")),
        ({"country": "Germany"}, ("invalid_field", "address.country")),
        ({"country": "US", "postal_code": "95014"}, ("region_required", "address.region")),
        ({"name": "x" * 121}, ("invalid_field", "address.name")),
        ({"city": "  "}, ("field_blank", "address.city")),
        ({"planet": "Earth"}, ("invalid_field", "address.planet")),
    ]
    for change, refused in changes:
        answer = await ada.send("POST", BOOK, {"address": {**BERLIN, **change}})
        assert code(answer) == (422, *refused)


async def test_an_address_added_again_by_its_key_is_kept_once(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    key = {"idempotency-key": str(uuid.uuid4())}
    answers = await at_once(*(ada.send("POST", BOOK, {"address": BERLIN}, headers=key) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert (await ada.send("POST", BOOK, {"address": BERLIN}, headers=key)).status_code == 201
    assert len((await ada.send("GET", BOOK)).json()["items"]) == 1
