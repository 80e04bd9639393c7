"""What people do without: chosen in their account, or by the link in a mail."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.notification.mail_server import MailServer
from tests.notification.post_office import PostOffice
from tests.shop import customer, guest, staff
from tradewind.contracts.user import Account, User, UserRegistered
from tradewind.services.user.use_cases.ensure_account import ensure_account

pytestmark = pytest.mark.asyncio(loop_scope="module")
ONE_CLICK = re.compile(r"<https://shop\.example(/v1/unsubscribe/one-click\?token=[\w-]+)>")


async def account_in(office: PostOffice) -> Account:
    email = f"{uuid.uuid4().hex[:12]}@example.com"
    account_id = await ensure_account(
        office.shop.deps("user"), email, "Ada", "seven lean cows", ("customer",)
    )
    found = await office.shop.runtime.contract(User).account(account_id)
    assert isinstance(found, Account)
    return found


async def test_a_customer_does_without_what_is_optional_and_nothing_else(office: PostOffice) -> None:
    ada = await account_in(office)
    async with office.shop.client(customer(ada.account_id)) as client:
        before = (await client.get("/v1/me/notification-preferences")).json()["items"]
        assert all(item["enabled"] for item in before)
        assert {item["kind"] for item in before if not item["mandatory"]} == {"welcome", "order_delivered"}
        choice = {"kind": "order_delivered", "channel": "email", "enabled": False}
        chosen = await client.put("/v1/me/notification-preferences", json={"items": [choice]})
        assert chosen.status_code == 200
        assert chosen.json() == (await client.get("/v1/me/notification-preferences")).json()
        assert [i["kind"] for i in chosen.json()["items"] if not i["enabled"]] == ["order_delivered"]
        mandatory = {"items": [choice, {**choice, "kind": "order_confirmation"}]}
        refused = await client.put("/v1/me/notification-preferences", json=mandatory)
        assert (refused.status_code, refused.json()["code"]) == (422, "kind_mandatory")
        assert refused.json()["field"] == "items[1].kind"
    order = office.order(email=ada.email.upper())
    await office.tell(order)
    await office.tell(office.delivered(order))
    await office.send()
    states = {m["kind"]: m["state"] for m in await office.messages(email=ada.email)}
    assert states["order_confirmation"] == "sent"
    assert states["order_delivered"] == "suppressed"
    suppressed = await office.one_to(ada.email, "order_delivered")
    assert "does without" in suppressed["reason"]
    async with office.shop.client(staff("support")) as client:
        again = await client.post(f"/v1/messages/{suppressed['message_id']}/retry")
        assert again.status_code == 409, "not against the reader's will"


async def test_a_mail_program_unsubscribes_a_guest_with_one_click(
    sending: PostOffice, server: MailServer
) -> None:
    order = sending.order(email=f"{uuid.uuid4().hex[:12]}@example.com")
    await sending.tell(sending.delivered(order))
    await sending.send()
    (mail,) = server.to(order.buyer.email)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = ONE_CLICK.fullmatch(mail["List-Unsubscribe"])
    assert link is not None
    async with sending.shop.client(guest()) as client:
        form = {"List-Unsubscribe": "One-Click"}
        for _ in range(2):
            answer = await client.post(link[1], data=form)
            assert answer.status_code == 200, answer.text
    await sending.tell(sending.delivered(order))
    await sending.send()
    assert len(server.to(order.buyer.email)) == 1


async def test_the_link_in_a_mail_shows_and_changes_and_takes_back(office: PostOffice) -> None:
    email = f"{uuid.uuid4().hex[:12]}@example.com"
    await office.tell(UserRegistered(uuid.uuid4(), email, "Ada", "de"))
    message = await office.message((await office.one_to(email, "welcome"))["message_id"])
    found = re.search(r'https://shop\.example/unsubscribe\?token=([\w-]+)"', message["html"])
    assert found is not None
    token = found[1]
    async with office.shop.client(guest()) as client:
        german = {"accept-language": "de-AT,en;q=0.5"}
        shown = await client.get("/v1/unsubscribe", params={"token": token}, headers=german)
        wanted = {"email": email, "kind": "welcome", "title": "Willkommen", "subscribed": True}
        assert shown.json() == wanted
        left = await client.post("/v1/unsubscribe", json={"token": token})
        assert left.json()["subscribed"] is False
        assert (await office.one_to(email, "welcome"))["state"] == "suppressed", "it was not sent yet"
        back = await client.post("/v1/unsubscribe", json={"token": token, "subscribed": True})
        assert back.json()["subscribed"] is True
        for wrong in (token[:-2], token[:-1] + ("A" if token[-1] != "A" else "B"), "x", "%00", "ü"):
            answer = await client.get("/v1/unsubscribe", params={"token": wrong})
            assert answer.status_code == 404, answer.text
            assert (await client.post("/v1/unsubscribe", json={"token": wrong})).status_code == 404
