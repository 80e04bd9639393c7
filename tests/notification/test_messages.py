"""From an event to a mail that somebody reads."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.notification.mail_server import MailServer
from tests.notification.post_office import SECRET, PostOffice
from tests.shop import staff
from tradewind.contracts.common import Money
from tradewind.contracts.order import Buyer, OrderCancelled
from tradewind.contracts.user import PasswordResetRequested, UserRegistered
from tradewind.kernel.sealing import Sealer
from tradewind.services.notification.use_cases.send_due_messages import send_due_messages

pytestmark = pytest.mark.asyncio(loop_scope="module")
RESET = "twr_secret-of-a-reset"


def address() -> str:
    return f"{uuid.uuid4().hex[:12]}@example.com"


def reset_of(email: str) -> PasswordResetRequested:
    account_id = uuid.uuid4()
    sealed = Sealer(SECRET, "user.password_reset").seal(RESET.encode(), str(account_id))
    return PasswordResetRequested(account_id, email, sealed, "de")


async def test_an_order_is_confirmed_once_with_all_that_was_ordered(office: PostOffice) -> None:
    order = office.order()
    event_id = await office.tell(order)
    await office.tell(order, event_id)
    assert await office.send() >= 1
    (listed,) = await office.messages(order_id=str(order.order_id))
    assert (listed["kind"], listed["state"], listed["tries"]) == ("order_confirmation", "sent", 1)
    assert listed["to"] == "gina@example.com"
    assert order.number in listed["subject"]
    mail = await office.message(listed["message_id"])
    for form in (mail["html"], mail["text"]):
        for fact in (
            order.number,
            "Aldea vase",
            "€140.90",
            "€4.90",
            "Karlstr. 12",
            "04107 Leipzig",
            "Germany",
        ):
            assert fact in form, fact
        assert f"https://shop.example/orders/{order.order_id}?token=guest-token" in form
    assert "https://shop.example/media/vase.webp" in mail["html"]
    assert "Aldea &amp; Co" in mail["html"] and "Aldea & Co" in mail["text"]


async def test_a_cancelled_order_is_told_to_whom_it_was_promised_alone(office: PostOffice) -> None:
    for was_placed in (True, False):
        order = office.order()
        total = Money(14090, "EUR")
        cancelled = OrderCancelled(order.order_id, order.number, "unpaid", order.buyer, total, was_placed)
        await office.tell(cancelled)
        told = await office.messages(order_id=str(order.order_id))
        assert [message["kind"] for message in told] == (["order_cancelled"] if was_placed else [])


async def test_over_smtp_it_arrives_with_its_link_and_without_a_copy_of_the_token(
    sending: PostOffice, server: MailServer
) -> None:
    email = address()
    await sending.tell(reset_of(email))
    await sending.send()
    (received,) = server.to(email)
    text, html = received.get_body(("plain",)), received.get_body(("html",))
    assert text is not None and html is not None
    for part in (text, html):
        assert f"https://shop.example/reset?token={RESET}" in part.get_content()
    assert received["Subject"] == "Neues Passwort wählen"
    assert received["List-Unsubscribe"] is None, "nobody can do without it"
    listed = await sending.one_to(email, "password_reset")
    shown = await sending.message(listed["message_id"])
    assert shown["secrets_hidden"] and RESET not in shown["html"] + shown["text"]
    assert received["Message-ID"] == f"<{listed['message_id']}.1@shop.example>"
    kept = await sending.deps.db.fetch("SELECT data::text AS data FROM messages")
    assert not [row for row in kept if RESET in row["data"] or "guest-token" in row["data"]]


async def test_a_mailbox_of_development_shows_the_links_that_nobody_is_sent(office: PostOffice) -> None:
    email = address()
    await office.tell(reset_of(email))
    shown = await office.message((await office.one_to(email, "password_reset"))["message_id"])
    assert not shown["secrets_hidden"] and RESET in shown["html"]


async def test_what_could_not_be_sent_is_tried_again_with_pauses_that_grow(
    sending: PostOffice, server: MailServer
) -> None:
    email = address()
    server.rcpt_rules[email] = "451 come again"
    await sending.tell(UserRegistered(uuid.uuid4(), email, "Ada"))
    pauses = []
    for tries in range(1, 5):
        await sending.send()
        listed = await sending.one_to(email, "welcome")
        assert (listed["state"], listed["tries"], listed["reason"]) == ("queued", tries, "451 come again")
        now = sending.clock.now()
        pauses.append((await _next_try(sending, listed["message_id"]) - now).total_seconds())
        assert await sending.send() == 0, "not before its time"
        sending.clock.ahead += timedelta(seconds=pauses[-1] + 1)
    assert all(later > earlier for earlier, later in pairwise(pauses)), pauses
    assert 20 < pauses[0] < 40
    del server.rcpt_rules[email]
    await sending.send()
    assert (await sending.one_to(email, "welcome"))["state"] == "sent"
    assert len(server.to(email)) == 1


async def _next_try(office: PostOffice, message_id: str) -> object:
    return await office.deps.db.value("SELECT next_at FROM messages WHERE message_id = $1", message_id)


async def test_after_the_last_try_it_has_failed_and_staff_send_it_again(
    sending: PostOffice, server: MailServer
) -> None:
    email = address()
    server.rcpt_rules[email] = "451 come again"
    await sending.tell(UserRegistered(uuid.uuid4(), email, "Ada"))
    for _ in range(sending.deps.settings.most_tries):
        await sending.send()
        sending.clock.ahead += timedelta(hours=5)
    listed = await sending.one_to(email, "welcome")
    assert (listed["state"], listed["tries"], listed["next_try_at"]) == ("failed", 12, None)
    del server.rcpt_rules[email]
    async with sending.shop.client(staff("support")) as client:
        again = await client.post(f"/v1/messages/{listed['message_id']}/retry")
        assert (again.status_code, again.json()["state"]) == (200, "queued")
        busy = await client.post(f"/v1/messages/{listed['message_id']}/retry")
        assert (busy.status_code, busy.json()["code"]) == (409, "message_not_sendable")
    await sending.send()
    assert (await sending.one_to(email, "welcome"))["state"] == "sent"
    assert [message["Message-ID"] for message in server.to(email)] == [
        f"<{listed['message_id']}.2@shop.example>"
    ]


async def test_a_refusal_for_good_is_not_tried_again(sending: PostOffice, server: MailServer) -> None:
    email = address()
    server.rcpt_rules[email] = "550 no such mailbox"
    await sending.tell(UserRegistered(uuid.uuid4(), email, "Ada"))
    await sending.send()
    listed = await sending.one_to(email, "welcome")
    assert (listed["state"], listed["tries"]) == ("failed", 1)
    assert listed["reason"] == "refused: 550 no such mailbox"


async def test_an_unknown_outcome_is_sent_again_as_the_same_message(
    sending: PostOffice, server: MailServer
) -> None:
    email = address()
    server.data_rules[email] = None
    await sending.tell(UserRegistered(uuid.uuid4(), email, "Ada"))
    await sending.send()
    assert "may have been sent" in (await sending.one_to(email, "welcome"))["reason"]
    del server.data_rules[email]
    sending.clock.ahead += timedelta(minutes=2)
    await sending.send()
    ids = [message["Message-ID"] for message in server.to(email)]
    assert len(ids) == 2 and len(set(ids)) == 1, "a mailbox can tell that it is the same"


async def test_replicas_that_send_at_once_send_each_mail_once(
    sending: PostOffice, server: MailServer
) -> None:
    emails = [address() for _ in range(40)]
    for email in emails:
        await sending.tell(UserRegistered(uuid.uuid4(), email, "Ada"))
    tried = 1
    while tried:
        tried = sum(await asyncio.gather(*(send_due_messages(sending.deps) for _ in range(4))))
    assert [len(server.to(email)) for email in emails] == [1] * len(emails)


async def test_who_dies_with_a_mail_leaves_it_to_others_when_the_lease_ends(sending: PostOffice) -> None:
    email = address()
    await sending.tell(UserRegistered(uuid.uuid4(), email, "Ada"))
    await sending.deps.db.execute(
        "UPDATE messages SET tries = 1, next_at = $2 WHERE recipient = $1",
        email,
        sending.clock.now() + timedelta(minutes=5),
    )
    assert await sending.send() == 0
    sending.clock.ahead += timedelta(minutes=6)
    assert await sending.send() >= 1
    listed = await sending.one_to(email, "welcome")
    assert (listed["state"], listed["tries"]) == ("sent", 2)


async def test_a_mail_that_cannot_be_written_holds_up_nobody(office: PostOffice) -> None:
    spoilt, fine = address(), address()
    reset = reset_of(spoilt)
    other = Sealer("another secret altogether", "user.password_reset").seal(b"x", str(reset.account_id))
    await office.tell(PasswordResetRequested(reset.account_id, spoilt, other))
    await office.tell(UserRegistered(uuid.uuid4(), fine, "Ada"))
    await office.send()
    assert (await office.one_to(fine, "welcome"))["state"] == "sent"
    listed = await office.one_to(spoilt, "password_reset")
    assert listed["state"] == "queued" and "UnsealingError" in listed["reason"]


async def test_a_mailer_that_breaks_is_not_asked_for_ever(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(mail: object) -> None:
        raise UnicodeError("of a kind that nobody thought of")

    email = address()
    monkeypatch.setattr(office.deps.mailer, "send", broken)
    await office.tell(UserRegistered(uuid.uuid4(), email, "Ada"))
    await office.send()
    listed = await office.one_to(email, "welcome")
    assert listed["state"] == "queued" and "UnicodeError" in listed["reason"]
    monkeypatch.undo()


async def test_the_mailbox_is_found_by_state_kind_and_address_page_by_page(office: PostOffice) -> None:
    email = address()
    for _ in range(5):
        order = office.order(Buyer(email, "Ada", "en", uuid.uuid4()))
        await office.tell(order)
    await office.send()
    first = [m["message_id"] for m in await office.messages(email=email.upper(), limit="5")]
    async with office.shop.client(staff("support")) as client:
        seen: list[str] = []
        params = {"email": email, "state": "sent", "kind": "order_confirmation", "limit": "2"}
        while True:
            page = (await client.get("/v1/messages", params=params)).json()
            seen += [item["message_id"] for item in page["items"]]
            if page["next"] is None:
                break
            params["cursor"] = page["next"]
    assert seen == first and len(seen) == 5
    assert await office.messages(email=email, state="failed") == []
