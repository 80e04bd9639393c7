"""PayPal's webhooks: signed with a certificate of PayPal's, which is verified here, against public roots.

https://developer.paypal.com/api/rest/webhooks/rest/: what is signed is the transmission's id and time, the
id of the webhook that it was sent for, and the CRC-32 of the body.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from tradewind.adapters.payment_gateway.units import minor_of_paypal
from tradewind.contracts.currencies import DIGITS
from tradewind.ports.payment_gateway import Notice, Said, WebhookRefused

HOSTS = frozenset(
    {"api.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com"}
)
SIGNER = "messageverificationcerts.paypal.com"
# What was not taken is sent again for three days, with the time that it was first sent at.
OLDEST = timedelta(days=3, hours=1)
NEWEST = timedelta(minutes=5)
MOST_CERTIFICATES = 8
LONGEST_ID = 200
_OF_AMOUNT = ("PAYMENT.AUTHORIZATION.", "PAYMENT.CAPTURE.")

Fetch = Callable[[str], Awaitable[bytes]]


class _Amount(msgspec.Struct):
    value: str = ""
    currency_code: str = ""


class _Resource(msgspec.Struct):
    amount: _Amount | None = None
    custom_id: str = ""
    invoice_id: str = ""
    dispute_id: str = ""
    purchase_units: list[_Resource] = []


class _Event(msgspec.Struct):
    id: str
    event_type: str
    resource: _Resource


class WebhookReader:
    """Keeps the certificates that it has verified. `own_url` and `own_roots_file` are those of a PayPal that is
    not PayPal's: empty in a shop."""

    def __init__(self, webhook_ids: Sequence[str], fetch: Fetch, own_url: str, own_roots_file: str) -> None:
        self._webhook_ids, self._fetch = webhook_ids, fetch
        self._own_url, self._own_roots_file = own_url, own_roots_file
        self._verified: OrderedDict[str, x509.Certificate] = OrderedDict()
        self._roots: Store | None = None

    async def read(self, headers: Mapping[bytes, bytes], body: bytes, now: datetime) -> Notice:
        """Raises WebhookRefused."""
        said = {name: headers.get(f"paypal-{name}".encode(), b"").decode("latin-1") for name in _HEADERS}
        sent_at = _time(said["transmission-time"])
        if not now - OLDEST <= sent_at <= now + NEWEST:
            raise WebhookRefused("paypal-transmission-time is too far from now", forged=True)
        if said["auth-algo"] != "SHA256withRSA":
            raise WebhookRefused("paypal-auth-algo is not SHA256withRSA", forged=True)
        signature = _signature(said["transmission-sig"])
        key = (await self._certificate(said["cert-url"], now)).public_key()
        assert isinstance(key, rsa.RSAPublicKey), "verified to be one"
        for webhook_id in self._webhook_ids:
            signed = f"{said['transmission-id']}|{said['transmission-time']}|{webhook_id}|{zlib.crc32(body)}"
            if _is_signed(key, signature, signed.encode()):
                return _notice(body)
        raise WebhookRefused("paypal-transmission-sig does not match", forged=True)

    async def _certificate(self, url: str, now: datetime) -> x509.Certificate:
        known = self._verified.get(url)
        if known is None:
            self._check_url(url)
            known = self._checked(await self._fetch(url), now)
            self._verified[url] = known
            if len(self._verified) > MOST_CERTIFICATES:
                self._verified.popitem(last=False)
        if not known.not_valid_before_utc <= now <= known.not_valid_after_utc:
            self._verified.pop(url, None)
            raise WebhookRefused("the certificate is not valid now", forged=True)
        return known

    def _check_url(self, url: str) -> None:
        """Nothing is fetched from where an attacker may have put it."""
        parts = urlsplit(url)
        of_paypal = parts.scheme == "https" and parts.netloc in HOSTS
        own = bool(self._own_url) and url.startswith(self._own_url.rstrip("/") + "/")
        if not (of_paypal and parts.path.startswith("/v1/notifications/certs/")) and not own:
            raise WebhookRefused("paypal-cert-url is not PayPal's", forged=True)

    def _checked(self, pem: bytes, now: datetime) -> x509.Certificate:
        try:
            leaf, *others = x509.load_pem_x509_certificates(pem)
            verifier = PolicyBuilder().store(self._trusted()).time(now.replace(tzinfo=None))
            verifier.build_server_verifier(x509.DNSName(SIGNER)).verify(leaf, others)
        except (ValueError, VerificationError) as error:
            raise WebhookRefused(f"the certificate is not PayPal's: {error}", forged=True) from error
        if not isinstance(leaf.public_key(), rsa.RSAPublicKey):
            raise WebhookRefused("the certificate holds no RSA key", forged=True)
        return leaf

    def _trusted(self) -> Store:
        if self._roots is None:
            path = Path(self._own_roots_file or certifi.where())
            self._roots = Store(x509.load_pem_x509_certificates(path.read_bytes()))
        return self._roots


_HEADERS = ("transmission-id", "transmission-time", "transmission-sig", "cert-url", "auth-algo")


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise WebhookRefused("paypal-transmission-time is no time", forged=True) from error
    if at.tzinfo is None:
        raise WebhookRefused("paypal-transmission-time has no zone", forged=True)
    return at


def _signature(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise WebhookRefused("paypal-transmission-sig is no base64", forged=True) from error


def _is_signed(key: rsa.RSAPublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _notice(body: bytes) -> Notice:
    try:
        event = msgspec.json.decode(body, type=_Event)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WebhookRefused(f"the signed body cannot be read: {error}", forged=False) from error
    if not 0 < len(event.id) <= LONGEST_ID:
        raise WebhookRefused("the event's id is missing or too long", forged=False)
    if event.event_type.startswith("CUSTOMER.DISPUTE."):
        disputed = (event.resource.dispute_id,) if event.resource.dispute_id else ()
        return Notice(event.id, (), disputed, event.event_type)
    found: dict[str, Said] = {}
    for part in (event.resource, *event.resource.purchase_units):
        # What has an invoice_id of its own is of its amount; a refund in parts (`reference:1:2`) is of more.
        for text in (part.invoice_id, part.custom_id):
            reference, _, piece = text.partition("|")[0].partition(":")
            whole = text == part.invoice_id and not piece and event.event_type.startswith(_OF_AMOUNT)
            if reference:
                found.setdefault(reference, _said(reference, part.amount if whole else None))
    return Notice(event.id, tuple(found.values()), (), event.event_type)


def _said(reference: str, amount: _Amount | None) -> Said:
    if amount is None or amount.currency_code not in DIGITS:
        return Said(reference)
    try:
        minor = minor_of_paypal(amount.value, amount.currency_code)
    except ValueError as error:
        raise WebhookRefused(f"the amount cannot be read: {error}", forged=False) from error
    return Said(reference, minor, amount.currency_code)
