"""Registering, being someone, changing one's profile, leaving."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

import msgspec
import pytest

from tests.shop import Shop
from tests.user.people import BERLIN, PASSWORD, Person, at_once, code, events, member_of_staff
from tradewind.contracts.user import Account, AccountClosed, UnknownAccount, User, UserRegistered
from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import fingerprint
from tradewind.services.user.use_cases.ensure_account import ensure_account

REFUSED_REGISTRATIONS: list[tuple[dict[str, Any], tuple[int, str, str | None]]] = [
    ({"email": "ada"}, (422, "invalid_field", "email")),
    ({"email": "a" * 250 + "@example.com"}, (422, "invalid_field", "email")),
    ({"email": "ada@exam\u0000ple.com"}, (422, "invalid_field", "email")),
    ({"password": "short"}, (422, "password_too_short", "password")),
    ({"password": "x" * 5000}, (422, "invalid_field", "password")),
    ({"password": 12345678}, (422, "invalid_field", "password")),
    ({"name": ""}, (422, "invalid_field", "name")),
    ({"name": "A\nda"}, (422, "invalid_field", "name")),
    ({"language": "fr"}, (422, "invalid_field", "language")),
    ({"roles": ["administrator"]}, (422, "invalid_field", "roles")),
    ({"account_id": str(uuid.uuid4())}, (422, "invalid_field", "account_id")),
]


async def test_who_registers_is_logged_in(shop: Shop) -> None:
    ada = await Person(shop).register("Ada@Example.COM", name="Ada Lovelace")
    me = (await ada.send("GET", "/v1/me")).json()
    assert me["account"]["email"] == "ada@example.com"
    assert me["account"]["name"] == "Ada Lovelace"
    assert me["account"]["roles"] == ["customer"]
    assert me["permissions"] == []


async def test_registration_is_told_to_the_others_once(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    told = [msgspec.json.decode(text, type=UserRegistered) for text in await events(shop, "user.registered")]
    assert told == [UserRegistered(await ada.account_id(), "ada@example.com", "Ada", "en")]


async def test_an_address_has_one_account_however_many_register_at_once(shop: Shop) -> None:
    body = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}
    spellings = ["ada@example.com", "ADA@example.com", "Ada@Example.Com"] * 3
    answers = await at_once(
        *(Person(shop).send("POST", "/v1/accounts", {**body, "email": email}) for email in spellings)
    )
    assert Counter(code(answer) for answer in answers) == {
        (201, None, None): 1,
        (409, "email_taken", "email"): 8,
    }
    assert len(await events(shop, "user.registered")) == 1


async def test_a_registration_that_is_sent_again_by_its_key_is_answered_again(shop: Shop) -> None:
    body = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}
    key = {"idempotency-key": str(uuid.uuid4())}
    first = await Person(shop).send("POST", "/v1/accounts", body, headers=key)
    again = await Person(shop).send("POST", "/v1/accounts", body, headers=key)
    assert again.status_code == 201
    assert again.json() == first.json()
    other = await Person(shop).send("POST", "/v1/accounts", {**body, "name": "Eve"}, headers=key)
    assert code(other) == (422, "idempotency_key_reused", "Idempotency-Key")


async def test_what_is_kept_for_repeats_holds_neither_token_nor_a_hash_to_guess_passwords_by(
    shop: Shop,
) -> None:
    body = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}
    key = {"idempotency-key": str(uuid.uuid4())}
    token = (await Person(shop).send("POST", "/v1/accounts", body, headers=key)).json()["token"]
    row = await shop.database("user").row("SELECT answer, fingerprint FROM idempotency_keys")
    assert token.encode() not in row["answer"]
    sent = msgspec.json.encode(body)
    assert row["fingerprint"] != fingerprint("POST", "/v1/accounts", b"", sent)


async def test_what_cannot_be_registered_names_its_field(shop: Shop) -> None:
    body = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}
    for change, refused in REFUSED_REGISTRATIONS:
        assert code(await Person(shop).send("POST", "/v1/accounts", {**body, **change})) == refused, change


async def test_an_address_in_letters_of_another_alphabet_is_taken_or_refused_never_an_error(
    shop: Shop,
) -> None:
    for index, local in enumerate(["İstanbul", "ΑΔΑΣ", "ﬁne", "straße", "Ꟊx", "𐵐x", "a\u0307\u0323"]):
        body = {"email": f"{local}@example.com", "password": PASSWORD, "name": f"N{index}"}
        answer = await Person(shop).send("POST", "/v1/accounts", body)
        assert answer.status_code in (201, 422), answer.text
        if answer.status_code == 201:
            assert (await Person(shop).log_in(body["email"])).status_code == 201


async def test_a_profile_changes_where_it_is_asked_to(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    changed = await ada.send("PATCH", "/v1/me", {"language": "de"})
    assert (changed.json()["name"], changed.json()["language"]) == ("Ada", "de")
    changed = await ada.send("PATCH", "/v1/me", {"name": "Ada King"})
    assert (changed.json()["name"], changed.json()["language"]) == ("Ada King", "de")
    assert code(await ada.send("PATCH", "/v1/me", {"name": None})) == (422, "invalid_field", "name")
    assert code(await ada.send("PATCH", "/v1/me", {"email": "x@y.z"})) == (422, "invalid_field", "email")


async def test_a_guest_is_nobody(shop: Shop) -> None:
    for method, path in [
        ("GET", "/v1/me"),
        ("PATCH", "/v1/me"),
        ("DELETE", "/v1/me"),
        ("GET", "/v1/sessions"),
    ]:
        answer = await Person(shop).send(method, path, {} if method == "PATCH" else None)
        assert code(answer)[0] == 401


async def test_a_closed_account_leaves_nothing_personal_and_no_way_in(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com", name="Ada Lovelace")
    account_id = await ada.account_id()
    await ada.send("POST", "/v1/me/addresses", {"address": BERLIN}, headers={"idempotency-key": "address-1"})
    key = (await ada.send("POST", "/v1/me/api-keys", {"name": "script"})).json()["token"]
    await ada.send("POST", "/v1/password-resets", {"email": "ada@example.com"})
    await shop.deliver_events()
    elsewhere = Person(shop, client_address="2001:db8::1")
    await elsewhere.log_in("ada@example.com")

    assert (await ada.send("DELETE", "/v1/me")).status_code == 204

    for token in (ada.token, elsewhere.token, key):
        assert not await Person(shop, token=token).knows_me()
    assert code(await Person(shop).log_in("ada@example.com")) == (401, "credentials_invalid", None)
    assert await shop.runtime.contract(User).account(account_id) == UnknownAccount()
    database = shop.database("user")
    for table in ("accounts", "sessions", "api_keys", "addresses", "password_resets", "idempotency_keys"):
        rows = await database.fetch(f"SELECT t::text AS row FROM {table} t")
        assert not any("ada" in row["row"].lower() or "Torstr" in row["row"] for row in rows), table
    told = [
        msgspec.json.decode(text, type=AccountClosed) for text in await events(shop, "user.account_closed")
    ]
    assert told == [AccountClosed(account_id)]


async def test_the_address_of_a_closed_account_may_register_anew(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    before = await ada.account_id()
    await ada.send("DELETE", "/v1/me")
    again = await Person(shop).register("ada@example.com")
    assert await again.account_id() != before


async def test_a_log_in_while_the_account_closes_leaves_no_session(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    others = [Person(shop) for _ in range(6)]
    answers = await at_once(
        *(other.log_in("ada@example.com") for other in others), ada.send("DELETE", "/v1/me")
    )
    assert answers[-1].status_code == 204
    assert await shop.database("user").value("SELECT count(*) FROM sessions") == 0


async def test_the_contract_tells_what_an_account_is(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    user = shop.runtime.contract(User)
    account_id = await ada.account_id()
    assert await user.account(account_id) == Account(account_id, "ada@example.com", "Ada", ["customer"], "en")
    assert await user.account(uuid.uuid4()) == UnknownAccount()


async def test_an_account_is_ensured_once_however_often_and_by_however_many(shop: Shop) -> None:
    deps = shop.deps("user")
    made = await at_once(
        *(ensure_account(deps, "Boss@Example.com", "Boss", PASSWORD, ["administrator"]) for _ in range(6))
    )
    assert len(set(made)) == 1
    assert len(await events(shop, "user.registered")) == 1
    boss = Person(shop)
    assert (await boss.log_in("boss@example.com")).json()["account"]["roles"] == ["administrator"]


async def test_ensuring_an_account_adds_roles_and_leaves_the_password(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    deps = shop.deps("user")
    found = await ensure_account(deps, "ada@example.com", "Other", "another long secret", ["administrator"])
    assert found == await ada.account_id()
    answer = await Person(shop).log_in("ada@example.com")
    assert answer.json()["account"]["roles"] == ["administrator", "customer"]
    assert answer.json()["account"]["name"] == "Ada"
    with pytest.raises(Invalid):
        await ensure_account(deps, "eve@example.com", "Eve", PASSWORD, ["owner"])
    with pytest.raises(Invalid):
        await ensure_account(deps, "eve@example.com", "Eve", "password", ["customer"])


async def test_the_last_administrator_cannot_leave(shop: Shop) -> None:
    boss = await member_of_staff(shop, "boss@example.com")
    assert code(await boss.send("DELETE", "/v1/me")) == (409, "last_administrator", None)
    await member_of_staff(shop, "deputy@example.com")
    assert (await boss.send("DELETE", "/v1/me")).status_code == 204
