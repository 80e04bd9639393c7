"""A mail as it goes over the wire (RFC 5322, MIME): text and HTML of the same, headers that cannot be injected."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from tradewind.ports.mailer import Mail

_NAMED = re.compile(r"(?P<name>.*)<(?P<address>[^<>]+)>", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.I
)
_LONGEST_LINE = 998  # octets: RFC 5322, 2.1.1. The library would fold at 78, and encode a long URL to do so
_LONGEST_LOCAL_PART = 64  # octets: RFC 5321, 4.5.3.1.1


class WrongAddress(ValueError):
    """It can never be the address of a mailbox."""


def written(mail: Mail) -> tuple[bytes, str]:
    """The message's bytes and the recipient's address as SMTP wants them. Raises WrongAddress."""
    recipient = _address(mail.recipient)
    name, sender = _sender(mail.sender)
    utf8 = not (recipient.addr_spec.isascii() and sender.addr_spec.isascii())
    message = EmailMessage(policy=SMTPUTF8 if utf8 else SMTP)
    message["From"] = Address(_one_line(name), sender.username, sender.domain)
    message["To"] = recipient
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.message_id}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday notices are not sent in answer
    as_they_are = []
    for header, value in mail.headers.items():
        line = f"{header}: {_one_line(value)}"
        if line.isascii() and len(line) <= _LONGEST_LINE:
            as_they_are.append(f"{line}\r\n".encode())
        else:
            message[header] = _one_line(value)
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = mail.language  # last: a new content takes such headers away
    return b"".join(as_they_are) + message.as_bytes(), recipient.addr_spec


def sender_address(sender: str) -> str:
    """Of `Shop <shop@example.com>`, the address. Raises WrongAddress."""
    return _sender(sender)[1].addr_spec


def _sender(text: str) -> tuple[str, Address]:
    """Name and address. The name is as people write it: a comma in it needs no quotes."""
    parts = _NAMED.fullmatch(text.strip())
    if parts is None:
        return "", _address(text.strip())
    return parts["name"].strip(' "'), _address(parts["address"])


def _address(text: str) -> Address:
    """An international domain in its ASCII form, and a local part quoted where it needs to be."""
    local, at, domain = text.rpartition("@")
    if not at or not local or _CONTROL.search(local):
        raise WrongAddress("the address is not of the form name@domain")
    try:
        plain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise WrongAddress("the address has a domain that cannot exist") from error
    if _DOMAIN.fullmatch(plain) is None:
        raise WrongAddress("the address has a domain that cannot exist")
    if len(local.encode()) > _LONGEST_LOCAL_PART:
        raise WrongAddress("the part of the address before the @ is too long")
    return Address(username=local, domain=plain)


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()
