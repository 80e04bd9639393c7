"""A real mail server for tests: it takes mail over SMTP with TLS, and refuses what its rules say."""

from __future__ import annotations

import asyncio
import email
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from functools import partial
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "shop", "lean cows"


@dataclass
class MailServer:
    """`rules` say what is answered to RCPT for an address, and after the data; None hangs up instead."""

    received: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    rcpt_rules: dict[str, str] = field(default_factory=dict)
    data_rules: dict[str, str | None] = field(default_factory=dict)
    open: list[SMTP] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.rcpt_rules:
            return self.rcpt_rules[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        (recipient,) = envelope.rcpt_tos
        answer = self.data_rules.get(recipient, "250 taken")
        if answer is None or answer.startswith("2"):
            assert isinstance(envelope.content, bytes)
            self.raw.append(envelope.content)
            message = email.message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.received.append(message)
            self.recipients.append(recipient)
        if answer is None:
            assert server.transport is not None
            server.transport.abort()
            return "250 never heard"
        return answer

    def to(self, recipient: str) -> list[EmailMessage]:
        """What came for it, oldest first."""
        return [
            message for message, to in zip(self.received, self.recipients, strict=True) if to == recipient
        ]

    def hang_up(self) -> None:
        """As servers do with those who are silent."""
        for server in self.open:
            if server.transport is not None:
                server.transport.abort()
        self.open.clear()


def _log_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=good, handled=False)


@asynccontextmanager
async def mail_server(tls: str, certificate: Certificate | None = None) -> AsyncIterator[MailServer]:
    """On a loopback port, over `plain`, `starttls` or `tls`; starttls wants a log-in."""
    server, loop = MailServer(), asyncio.get_running_loop()
    context = certificate.context() if certificate is not None and tls != "plain" else None

    def connected() -> SMTP:
        server.connections += 1
        protocol = SMTP(
            server,
            hostname="mail.test",
            enable_SMTPUTF8=True,
            tls_context=context if tls == "starttls" else None,
            require_starttls=tls == "starttls",
            authenticator=_log_in if tls == "starttls" else None,
            auth_required=tls == "starttls",
            loop=loop,
        )
        server.open.append(protocol)
        return protocol

    listener = await loop.create_server(
        partial(connected), "127.0.0.1", 0, ssl=context if tls == "tls" else None
    )
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        server.hang_up()
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Certificate:
    """Of 127.0.0.1, signed by itself."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def self_signed(folder: Path) -> Certificate:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = Certificate(folder / "certificate.pem", folder / "key.pem")
    files.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return files
