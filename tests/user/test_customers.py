"""Accounts as staff see them, and who may give roles to whom."""

from __future__ import annotations

import uuid
from collections import Counter

from tests.shop import Shop, customer, guest, staff
from tests.user.people import PASSWORD, Person, at_once, code, member_of_staff
from tradewind.contracts.user import ROLES
from tradewind.services.user.use_cases.ensure_account import ensure_account


async def give(by: Person, account_id: uuid.UUID, *roles: str) -> tuple[int, str | None, str | None]:
    return code(await by.send("PUT", f"/v1/customers/{account_id}/roles", {"roles": list(roles)}))


async def test_a_role_opens_doors_from_the_next_request_on(shop: Shop) -> None:
    boss = await member_of_staff(shop, "boss@example.com")
    ada = await Person(shop).register("ada@example.com")
    assert code(await ada.send("GET", "/v1/customers"))[:2] == (403, "permission_required")
    assert (await give(boss, await ada.account_id(), "support", "customer"))[0] == 200
    assert (await ada.send("GET", "/v1/customers")).status_code == 200
    assert (await ada.send("GET", "/v1/me")).json()["permissions"] == sorted(ROLES["support"])
    assert (await give(boss, await ada.account_id(), "customer"))[0] == 200
    assert code(await ada.send("GET", "/v1/customers"))[:2] == (403, "permission_required")


async def test_customers_give_themselves_nothing(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    account_id = await ada.account_id()
    assert await give(ada, account_id, "administrator") == (403, "permission_required", None)
    for role in sorted(set(ROLES) - {"administrator"}):
        helper = await member_of_staff(shop, f"{role}@example.com", role)
        assert await give(helper, await helper.account_id(), "administrator") == (
            403,
            "permission_required",
            None,
        )
    for body in ({"roles": ["administrator"]}, {"permissions": ["orders:read"]}):
        assert code(await ada.send("PATCH", "/v1/me", body))[0] == 422


async def test_a_narrow_key_of_an_administrator_gives_no_more_than_it_may_itself(shop: Shop) -> None:
    boss = await member_of_staff(shop, "boss@example.com")
    ada = await Person(shop).register("ada@example.com")
    body = {"name": "script", "scopes": ["customers:write", "customers:read"]}
    key = Person(shop, token=(await boss.send("POST", "/v1/me/api-keys", body)).json()["token"])
    for role in ("administrator", "support", "warehouse"):
        assert await give(key, await ada.account_id(), role) == (403, "role_above_own", None)
    assert await give(key, await boss.account_id(), "customer") == (403, "role_above_own", None)
    path = f"/v1/customers/{await boss.account_id()}"
    assert code(await key.send("DELETE", path)) == (403, "role_above_own", None)
    assert (await give(key, await ada.account_id(), "customer"))[0] == 200


async def test_one_administrator_remains_even_if_all_are_dismissed_at_once(shop: Shop) -> None:
    for _ in range(4):
        ids = [
            await ensure_account(shop.deps("user"), f"a{n}@example.com", "A", PASSWORD, ["administrator"])
            for n in range(6)
        ]
        async with shop.client(staff()) as root:
            await at_once(*(root.get(f"/v1/customers/{i}") for i in ids))  # each has a connection open
            body = {"roles": ["customer"]}
            answers = await at_once(*(root.put(f"/v1/customers/{i}/roles", json=body) for i in ids))
        outcomes = Counter(code(answer)[:2] for answer in answers)
        assert outcomes == {(200, None): 5, (409, "last_administrator"): 1}


async def test_each_change_of_roles_is_kept_with_who_made_it(shop: Shop) -> None:
    boss = await member_of_staff(shop, "boss@example.com")
    ada = await Person(shop).register("ada@example.com")
    await give(boss, await ada.account_id(), "warehouse", "customer", "warehouse")
    await give(boss, await ada.account_id(), "customer", "warehouse")
    rows = await shop.database("user").fetch("SELECT * FROM role_changes")
    assert [(row["changed_by"], row["roles_before"], row["roles_after"]) for row in rows] == [
        (f"account:{await boss.account_id()}", ["customer"], ["customer", "warehouse"])
    ]


async def test_what_is_no_role_and_who_is_no_account_is_refused(shop: Shop) -> None:
    boss = await member_of_staff(shop, "boss@example.com")
    me = await boss.account_id()
    assert await give(boss, me) == (422, "invalid_field", "roles")
    assert (await give(boss, me, "owner"))[:2] == (422, "invalid_field")
    assert await give(boss, uuid.uuid4(), "support") == (404, "account_not_found", None)
    assert code(await boss.send("GET", "/v1/customers/nonsense")) == (404, "account_not_found", None)


async def test_staff_find_customers_by_the_beginning_of_their_address_and_by_role(shop: Shop) -> None:
    boss = await member_of_staff(shop, "boss@example.com")
    for name in ("ada", "adam", "eve", "a_d%"):
        await ensure_account(shop.deps("user"), f"{name}@example.com", name, PASSWORD, ["customer"])

    async def found(query: str) -> list[str]:
        answer = await boss.send("GET", f"/v1/customers?{query}")
        return [item["name"] for item in answer.json()["items"]]

    assert await found("email=ADA") == ["adam", "ada"]
    assert await found("email=ada@example.com") == ["ada"]
    assert await found("email=a_") == ["a_d%"]
    assert await found("email=%25") == []
    assert await found("role=administrator") == ["Staff"]
    assert await found("role=customer&email=e") == ["eve"]
    assert code(await boss.send("GET", "/v1/customers?role=owner")) == (422, "invalid_parameter", "role")
    assert code(await boss.send("GET", "/v1/customers?sort=name")) == (422, "invalid_parameter", "sort")


async def test_the_list_of_customers_has_pages_and_leaves_out_who_left(shop: Shop) -> None:
    boss = await member_of_staff(shop, "boss@example.com")
    for number in range(5):
        await ensure_account(
            shop.deps("user"), f"c{number}@example.com", f"c{number}", PASSWORD, ["customer"]
        )
    gone = await Person(shop).register("gone@example.com")
    gone_id = await gone.account_id()
    await gone.send("DELETE", "/v1/me")
    names: list[str] = []
    cursor = ""
    while True:
        page = (await boss.send("GET", f"/v1/customers?limit=2{cursor}")).json()
        names += [item["name"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert names == ["c4", "c3", "c2", "c1", "c0", "Staff"]
    assert code(await boss.send("GET", f"/v1/customers/{gone_id}")) == (404, "account_not_found", None)


async def test_staff_close_an_account_as_its_owner_could(shop: Shop) -> None:
    boss = await member_of_staff(shop, "boss@example.com")
    ada = await Person(shop).register("ada@example.com")
    path = f"/v1/customers/{await ada.account_id()}"
    helper = await member_of_staff(shop, "help@example.com", "support")
    assert code(await helper.send("DELETE", path))[:2] == (403, "permission_required")
    assert (await boss.send("DELETE", path)).status_code == 204
    assert not await ada.knows_me()
    assert code(await boss.send("DELETE", path)) == (404, "account_not_found", None)


async def test_customers_and_guests_see_no_customers(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    for path in ("/v1/customers", f"/v1/customers/{await ada.account_id()}"):
        async with shop.client(guest()) as nobody:
            assert code(await nobody.get(path))[0] == 401
        async with shop.client(customer()) as other:
            assert code(await other.get(path))[0] == 403


async def test_staff_find_customers_by_words_and_see_how_many_there_are(shop: Shop) -> None:
    support = await member_of_staff(shop, "help@shop.example", "support")
    for email, name in (
        ("ada@example.com", "Ada Lovelace"),
        ("kai@example.org", "Kai Ådal"),
        ("bob@example.com", "O'Neil  Bob"),
    ):
        await Person(shop).register(email, name=name)

    async def found(q: str) -> list[str]:
        listed = await support.send("GET", "/v1/customers", params={"q": q})
        assert listed.status_code == 200, listed.text
        return [item["email"].partition("@")[0] for item in listed.json()["items"]]

    assert await found("lov ada") == ["ada"]
    assert await found("åda") == ["kai"]
    assert await found("Example.COM") == ["bob", "ada"]
    assert await found("o'n") == ["bob"]
    assert await found("kai@exam") == ["kai"]
    assert await found("!) & '") == []
    counts = (await support.send("GET", "/v1/customers/counts")).json()
    assert (counts["total"], counts["registered_in_30_days"]) == (4, 4)
    assert (counts["roles"]["customer"], counts["roles"]["support"], counts["roles"]["warehouse"]) == (
        3,
        1,
        0,
    )
    ada = await Person(shop).register("new@example.com")
    assert code(await ada.send("GET", "/v1/customers/counts"))[0] == 403
