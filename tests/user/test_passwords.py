"""Changing a password, and setting a new one when it is forgotten."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta

import msgspec
import pytest

from tests.shop import Shop, open_shop
from tests.user.conftest import QUICK
from tests.user.people import PASSWORD, SECRET, MovableClock, Person, at_once, code, events, token_in
from tradewind.contracts.user import PasswordChanged, PasswordResetRequested
from tradewind.kernel.sealing import Sealer, UnsealingError

OTHER = "seven fat cows graze"


async def change(
    person: Person, current: str = PASSWORD, new: str = OTHER
) -> tuple[int, str | None, str | None]:
    body = {"current_password": current, "new_password": new}
    return code(await person.send("POST", "/v1/me/password", body))


async def reset_tokens(shop: Shop) -> list[str]:
    await shop.deliver_events()
    texts = await events(shop, "user.password_reset_requested")
    return [token_in(msgspec.json.decode(text, type=PasswordResetRequested)) for text in texts]


async def ask(shop: Shop, email: str) -> None:
    answer = await Person(shop).send("POST", "/v1/password-resets", {"email": email})
    assert (answer.status_code, answer.json()) == (202, {"valid_minutes": 30})


async def confirm(shop: Shop, token: str, new: str = OTHER) -> tuple[int, str | None, str | None]:
    body = {"token": token, "new_password": new}
    return code(await Person(shop).send("POST", "/v1/password-resets/confirm", body))


async def test_a_changed_password_ends_every_session_but_this_one(shop: Shop) -> None:
    here = await Person(shop).register("ada@example.com")
    there = Person(shop)
    await there.log_in("ada@example.com")
    assert (await change(here))[0] == 204
    assert await here.knows_me()
    assert not await there.knows_me()
    assert code(await there.log_in("ada@example.com"))[0] == 401
    assert (await there.log_in("ada@example.com", OTHER)).status_code == 201
    told = [msgspec.json.decode(t, type=PasswordChanged) for t in await events(shop, "user.password_changed")]
    assert told == [PasswordChanged(await here.account_id(), "ada@example.com")]


async def test_a_password_is_changed_by_who_knows_it_only(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    assert await change(ada, current="a guess") == (422, "current_password_wrong", "current_password")
    assert await change(ada, new="short") == (422, "password_too_short", "new_password")
    assert await change(ada, new="ada@example.com") == (422, "password_is_email", "new_password")
    assert (await Person(shop).log_in("ada@example.com")).status_code == 201


async def test_who_holds_a_session_cannot_guess_the_password_faster_than_others(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    for guess in range(6):
        await change(ada, current=f"guess {guess}")
    assert await change(ada) == (422, "current_password_wrong", "current_password")
    assert (await Person(shop).log_in("ada@example.com")).status_code == 201


async def test_of_two_changes_at_once_one_wins(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    choices = [f"chosen password {n}" for n in range(4)]
    answers = await at_once(*(change(ada, new=choice) for choice in choices))
    assert Counter(answer[0] for answer in answers)[204] == 1
    winner = choices[[answer[0] for answer in answers].index(204)]
    assert (await Person(shop).log_in("ada@example.com", winner)).status_code == 201


async def test_a_log_in_with_the_old_password_does_not_outlive_its_change(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    others = [Person(shop) for _ in range(6)]
    *_, changed = await at_once(*(other.log_in("ada@example.com") for other in others), change(ada))
    assert changed[0] == 204
    assert [await other.knows_me() for other in others if other.token] == [False] * sum(
        other.token is not None for other in others
    )


async def test_a_forgotten_password_is_set_anew_by_the_token_from_the_mail(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    await ask(shop, "ADA@example.com")
    [token] = await reset_tokens(shop)
    assert await confirm(shop, token, new="short") == (422, "password_too_short", "new_password")
    assert (await confirm(shop, token))[0] == 204
    assert not await ada.knows_me()
    assert (await Person(shop).log_in("ada@example.com", OTHER)).status_code == 201
    assert code(await Person(shop).log_in("ada@example.com"))[0] == 401
    assert len(await events(shop, "user.password_changed")) == 1


async def test_the_token_is_readable_in_no_table_and_by_no_other_key(shop: Shop) -> None:
    await Person(shop).register("ada@example.com")
    await ask(shop, "ada@example.com")
    [token] = await reset_tokens(shop)
    for table in ("outbox", "inbox", "password_resets"):
        rows = await shop.database("user").fetch(f"SELECT t::text AS row FROM {table} t")
        assert rows
        assert not any(token in row["row"] for row in rows)
    text = (await events(shop, "user.password_reset_requested"))[0]
    event = msgspec.json.decode(text, type=PasswordResetRequested)
    with pytest.raises(UnsealingError):
        Sealer("another secret", "user.password_reset").unseal(event.sealed_token, str(event.account_id))
    with pytest.raises(UnsealingError):
        Sealer(SECRET, "user.password_reset").unseal(event.sealed_token, str(uuid.uuid4()))


async def test_of_many_that_use_one_token_at_once_one_wins(shop: Shop) -> None:
    await Person(shop).register("ada@example.com")
    await ask(shop, "ada@example.com")
    [token] = await reset_tokens(shop)
    answers = await at_once(*(confirm(shop, token, f"chosen password {n}") for n in range(6)))
    assert Counter(answers) == {(204, None, None): 1, (422, "reset_token_invalid", "token"): 5}
    assert await confirm(shop, token) == (422, "reset_token_invalid", "token")


async def test_a_token_is_too_old_after_half_an_hour(shop: Shop, clock: MovableClock) -> None:
    await Person(shop).register("ada@example.com")
    await ask(shop, "ada@example.com")
    [token] = await reset_tokens(shop)
    clock.ahead = timedelta(minutes=30, seconds=1)
    assert await confirm(shop, token) == (422, "reset_token_invalid", "token")


async def test_using_one_token_ends_the_others_of_the_account(shop: Shop, clock: MovableClock) -> None:
    await Person(shop).register("ada@example.com")
    for minutes in (0, 2, 4):
        clock.ahead = timedelta(minutes=minutes)
        await ask(shop, "ada@example.com")
        await shop.deliver_events()
    tokens = await reset_tokens(shop)
    assert len(tokens) == 3
    answers = await at_once(*(confirm(shop, token) for token in tokens))
    assert Counter(answer[0] for answer in answers) == {204: 1, 422: 2}


async def test_changing_the_password_ends_resets_that_were_asked_for(shop: Shop) -> None:
    ada = await Person(shop).register("ada@example.com")
    await ask(shop, "ada@example.com")
    [token] = await reset_tokens(shop)
    assert (await change(ada))[0] == 204
    assert await confirm(shop, token, "yet another password") == (422, "reset_token_invalid", "token")


async def test_nobody_fills_anothers_mailbox(shop: Shop) -> None:
    await Person(shop).register("ada@example.com")
    await at_once(*(ask(shop, "ada@example.com") for _ in range(5)))
    assert len(await reset_tokens(shop)) == 1


async def test_asking_for_an_unknown_address_does_exactly_what_asking_for_a_known_one_does(
    shop: Shop,
) -> None:
    """The same statements and the same answer: what differs happens later, out of the asker's sight."""
    await Person(shop).register("ada@example.com")
    counters = shop.database("user").counters

    async def asked(email: str) -> tuple[int, int]:
        before = counters.statements, counters.transactions
        await ask(shop, email)
        return counters.statements - before[0], counters.transactions - before[1]

    assert await asked("ada@example.com") == await asked("nobody@example.com")
    assert len(await reset_tokens(shop)) == 1


async def test_a_reset_ends_the_pause_that_a_guesser_caused(shop: Shop) -> None:
    await Person(shop).register("ada@example.com")
    away = Person(shop, client_address="192.0.2.99")
    for guess in range(8):
        await away.log_in("ada@example.com", f"guess {guess}")
    assert code(await away.log_in("ada@example.com"))[0] == 401
    await ask(shop, "ada@example.com")
    [token] = await reset_tokens(shop)
    await confirm(shop, token)
    assert (await away.log_in("ada@example.com", OTHER)).status_code == 201


async def test_a_hash_made_with_other_parameters_is_renewed_at_log_in(database_url: str) -> None:
    stronger = {**QUICK, "TRADEWIND_USER_HASH_PASSES": "3"}
    async with open_shop(("user",), database_url, environ=QUICK) as shop:
        await Person(shop).register("ada@example.com")
    async with open_shop(("user",), database_url, environ=stronger) as shop:
        assert code(await Person(shop).log_in("ada@example.com", "wrong password"))[0] == 401
        assert "t=1" in await shop.database("user").value("SELECT password_hash FROM accounts")
        people = [Person(shop) for _ in range(6)]
        answers = await at_once(*(person.log_in("ada@example.com") for person in people))
        assert [answer.status_code for answer in answers] == [201] * 6
        assert "t=3" in await shop.database("user").value("SELECT password_hash FROM accounts")
        assert (await Person(shop).log_in("ada@example.com")).status_code == 201


async def test_a_password_is_the_same_typed_on_another_keyboard(shop: Shop) -> None:
    await Person(shop).register("ada@example.com", "Gr\u00fc\u00dfe aus K\u00f6ln")
    composed_otherwise = "Gru\u0308\u00dfe aus Ko\u0308ln"
    assert (await Person(shop).log_in("ada@example.com", composed_otherwise)).status_code == 201
