"""What every mailer promises: the mail as it was written, and the truth about what became of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.notification.mail_server import PASSWORD, USER, Certificate, MailServer, mail_server, self_signed
from tradewind.adapters.mailer.choice import open_mailer
from tradewind.cli.supervise import free_port
from tradewind.kernel.settings import SettingsError
from tradewind.ports.mailer import Accepted, Mail, Mailer, NotSent, OutcomeUnknown, Refused


@dataclass(frozen=True)
class Options:
    mailer: str = "smtp"
    mail_from: str = "Aldea, Köln <shop@tradewind.example>"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 0
    smtp_tls: str = "plain"
    smtp_username: str = ""
    smtp_password: str = ""
    smtp_ca_file: str = ""
    smtp_timeout_seconds: float = 3.0


MAIL = Mail(
    "0195.1@shop.example",
    Options.mail_from,
    "ada@example.com",
    "Deine Bestellung über 12 €",
    "Grüße\n.\nein Punkt allein\n",
    "<p>Grüße" + " sehr lang" * 300 + "</p>",
    "de",
    datetime(2026, 3, 14, 9, 26, tzinfo=UTC),
    {"List-Unsubscribe": "<https://shop.example/u?token=" + "x" * 300 + ">"},
)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@asynccontextmanager
async def open_pair(
    tls: str, certificate: Certificate, **changes: str
) -> AsyncIterator[tuple[Mailer, MailServer]]:
    async with mail_server(tls, certificate) as server:
        options = Options(smtp_port=server.port, smtp_tls=tls, smtp_ca_file=str(certificate.certificate))
        if tls == "starttls":
            options = replace(options, smtp_username=USER, smtp_password=PASSWORD)
        mailer = open_mailer(replace(options, **changes))  # type: ignore[arg-type]
        try:
            yield mailer, server
        finally:
            await mailer.close()


@pytest.mark.parametrize("tls", ["plain", "starttls", "tls"])
async def test_a_mail_arrives_as_it_was_written(tls: str, certificate: Certificate) -> None:
    async with open_pair(tls, certificate) as (mailer, server):
        assert mailer.delivers
        assert isinstance(await mailer.send(MAIL), Accepted)
        (message,) = server.to("ada@example.com")
    assert message["Subject"] == MAIL.subject
    assert message["Message-ID"] == "<0195.1@shop.example>"
    assert message["From"].addresses[0].display_name == "Aldea, Köln"
    assert message["From"].addresses[0].addr_spec == "shop@tradewind.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "de"
    assert message["List-Unsubscribe"] == MAIL.headers["List-Unsubscribe"]
    assert f"List-Unsubscribe: {MAIL.headers['List-Unsubscribe']}".encode() in server.raw[0]
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None and text.get_content().replace("\r\n", "\n") == MAIL.text
    assert html is not None and html.get_content().strip() == MAIL.html


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_server_that_nobody_vouches_for_gets_nothing(
    tls: str, certificate: Certificate, tmp_path: Path
) -> None:
    other = self_signed(tmp_path)
    async with open_pair(tls, certificate, smtp_ca_file=str(other.certificate)) as (mailer, server):
        outcome = await mailer.send(MAIL)
        assert isinstance(outcome, NotSent) and "certificate" in outcome.reason.lower(), outcome
        assert not server.received


async def test_a_wrong_password_says_nothing_against_the_mail(certificate: Certificate) -> None:
    async with open_pair("starttls", certificate, smtp_password="fat cows") as (mailer, _):
        outcome = await mailer.send(MAIL)
        assert isinstance(outcome, NotSent) and "535" in outcome.reason, outcome


async def test_a_server_that_offers_no_tls_where_it_is_wanted_gets_nothing(certificate: Certificate) -> None:
    async with open_pair("plain", certificate, smtp_tls="starttls") as (mailer, server):
        assert isinstance(await mailer.send(MAIL), NotSent)
        assert not server.received


async def test_for_good_and_for_now_are_told_apart(certificate: Certificate) -> None:
    async with open_pair("plain", certificate) as (mailer, server):
        server.rcpt_rules = {"nobody@example.com": "550 no such mailbox", "grey@example.com": "451 later"}
        server.data_rules = {"full@example.com": "452 disk full", "spam@example.com": "554 not this"}
        for name, outcome in (("nobody", Refused), ("grey", NotSent), ("full", NotSent), ("spam", Refused)):
            said = await mailer.send(replace(MAIL, recipient=f"{name}@example.com"))
            assert isinstance(said, outcome), said
        assert isinstance(await mailer.send(MAIL), Accepted)
        assert server.connections == 1, "a refusal is no reason to connect again"


async def test_a_connection_is_used_again_and_replaced_when_the_server_hung_up(
    certificate: Certificate,
) -> None:
    async with open_pair("tls", certificate) as (mailer, server):
        for _ in range(3):
            assert isinstance(await mailer.send(MAIL), Accepted)
        assert server.connections == 1
        server.hang_up()
        assert isinstance(await mailer.send(MAIL), Accepted)
        assert (server.connections, len(server.received)) == (2, 4)


async def test_an_answer_that_never_came_is_an_unknown_outcome(certificate: Certificate) -> None:
    async with open_pair("plain", certificate) as (mailer, server):
        server.data_rules = {MAIL.recipient: None}
        assert isinstance(await mailer.send(MAIL), OutcomeUnknown)
        assert len(server.received) == 1
        server.data_rules.clear()
        assert isinstance(await mailer.send(MAIL), Accepted)
        assert len({message["Message-ID"] for message in server.received}) == 1


async def test_nobody_there_is_not_sent() -> None:
    mailer = open_mailer(Options(smtp_port=free_port()))
    assert isinstance(await mailer.send(MAIL), NotSent)


@pytest.mark.parametrize("adapter", ["smtp", "mailbox"])
async def test_addresses_that_cannot_be_are_refused_and_strange_ones_arrive(
    adapter: str, certificate: Certificate
) -> None:
    async with open_pair("plain", certificate, mailer=adapter) as (mailer, server):
        for wrong in (
            "a@b>c.de",
            "a@-b.de",
            "a@b..de",
            "a\r\nb@c.de",
            f"{'a' * 65}@example.com",
            "@b.de",
            "a@b c",
        ):
            outcome = await mailer.send(replace(MAIL, recipient=wrong))
            assert isinstance(outcome, Refused), (wrong, outcome)
        for strange in (
            "a,b@example.com",
            'a"b@example.com',
            "a<b@example.com",
            "grüße@example.com",
            "a@köln.de",
        ):
            outcome = await mailer.send(replace(MAIL, recipient=strange))
            assert isinstance(outcome, Accepted), (strange, outcome)
        if adapter == "smtp":
            wanted = ['"a,b"@example.com', '"a\\"b"@example.com', '"a<b"@example.com', "grüße@example.com"]
            assert server.recipients == [*wanted, "a@xn--kln-sna.de"]


@pytest.mark.parametrize("adapter", ["smtp", "mailbox"])
async def test_headers_cannot_be_injected(adapter: str, certificate: Certificate) -> None:
    async with open_pair("plain", certificate, mailer=adapter) as (mailer, server):
        hostile = replace(
            MAIL, subject="Hello\r\nBcc: eve@example.com\u2028x", sender="A\nB <shop@example.com>"
        )
        assert isinstance(await mailer.send(hostile), Accepted)
        if adapter == "smtp":
            (message,) = server.received
            assert message["Bcc"] is None
            assert message["Subject"] == "Hello Bcc: eve@example.com x"


async def test_the_mailbox_lets_nothing_out() -> None:
    mailer = open_mailer(Options(mailer="mailbox", smtp_port=free_port()))
    assert not mailer.delivers
    assert isinstance(await mailer.send(MAIL), Accepted)
    await mailer.close()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"mailer": "pigeon"}, "MAILER"),
        ({"smtp_host": ""}, "SMTP_HOST"),
        ({"smtp_tls": "ssl3"}, "SMTP_TLS"),
        ({"smtp_host": "mail.example", "smtp_username": "shop"}, "SMTP_TLS"),
        ({"mail_from": "nobody"}, "MAIL_FROM"),
        ({"smtp_tls": "tls", "smtp_ca_file": "/nowhere.pem"}, "SMTP_CA_FILE"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(changes: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=f"TRADEWIND_NOTIFICATION_{named}"):
        open_mailer(replace(Options(), **changes))  # type: ignore[arg-type]
