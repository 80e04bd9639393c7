"""The links in mails, and the tokens in them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote, urljoin, urlsplit
from uuid import UUID

import msgspec

from tradewind.contracts.order import Buyer
from tradewind.kernel.errors import NotFound
from tradewind.kernel.sealing import Sealer, UnsealingError
from tradewind.services.notification.domain import KINDS, KindName

HIDDEN = "hidden"
_UNSUBSCRIBING = "unsubscribe"  # where its token is sealed for


class Unsubscribing(msgspec.Struct, frozen=True):
    """What an unsubscribe link is about. It does not end: a mail may be read years later."""

    email: str
    kind: KindName


class Office:
    """The pages of the back office that mails to staff lead to. Who follows a link signs in."""

    def __init__(self, public_url: str) -> None:
        self._url = f"{public_url.rstrip('/')}/admin"

    @property
    def low_stock(self) -> str:
        return f"{self._url}/low-stock"

    @property
    def disputes(self) -> str:
        return f"{self._url}/payments?view=disputes"

    def stock(self, sku: str) -> str:
        return f"{self._url}/stock/item?sku={quote(sku, safe='')}"

    def order(self, order_id: UUID) -> str:
        return f"{self._url}/orders/{order_id}"

    def payment(self, payment_id: UUID) -> str:
        return f"{self._url}/payments/{payment_id}"


class Links:
    """Made from what events carry. The masked ones have no token that opens anything."""

    def __init__(
        self, public_url: str, resets: Sealer, orders: Sealer, own: Sealer, *, mask: bool = False
    ) -> None:
        self._public_url = public_url.rstrip("/")
        self._resets, self._orders, self._own, self._mask = resets, orders, own, mask

    def masked(self) -> Links:
        return Links(self._public_url, self._resets, self._orders, self._own, mask=True)

    @property
    def home(self) -> str:
        return f"{self._public_url}/"

    @property
    def office(self) -> Office:
        return Office(self._public_url)

    @property
    def host(self) -> str:
        """What message ids end in."""
        return urlsplit(self._public_url).hostname or "localhost"

    def order(self, order_id: UUID, buyer: Buyer) -> str:
        """A guest's has the token that opens it; who has an account signs in."""
        url = f"{self._public_url}/orders/{order_id}"
        if buyer.sealed_token is None:
            return url
        return f"{url}?token={self._opened(self._orders, buyer.sealed_token, str(order_id))}"

    def reset(self, account_id: UUID, sealed_token: bytes) -> str:
        return f"{self._public_url}/reset?token={self._opened(self._resets, sealed_token, str(account_id))}"

    def unsubscribe(self, email: str, kind: KindName) -> str:
        return f"{self._public_url}/unsubscribe?token={self._unsubscribe_token(email, kind)}"

    def unsubscribe_at_once(self, email: str, kind: KindName) -> str:
        """For mail programs (RFC 8058): a POST to it is all."""
        return f"{self._public_url}/v1/unsubscribe/one-click?token={self._unsubscribe_token(email, kind)}"

    def image(self, url: str | None) -> str | None:
        """A picture that a mail program can fetch; None for what is none."""
        if not url:
            return None
        absolute = urljoin(self.home, url)
        return absolute if urlsplit(absolute).scheme in ("http", "https") else None

    def outside(self, url: str | None) -> str | None:
        """A link to somebody else's site, such as a carrier's."""
        return url if url and urlsplit(url).scheme in ("http", "https") else None

    def _opened(self, sealer: Sealer, sealed: bytes, place: str) -> str:
        return HIDDEN if self._mask else quote(sealer.unseal(sealed, place).decode(), safe="")

    def _unsubscribe_token(self, email: str, kind: KindName) -> str:
        return HIDDEN if self._mask else unsubscribe_token(self._own, Unsubscribing(email, kind))


def unsubscribe_token(sealer: Sealer, about: Unsubscribing) -> str:
    sealed = sealer.seal(msgspec.json.encode(about), _UNSUBSCRIBING)
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def read_unsubscribe_token(sealer: Sealer, token: str) -> Unsubscribing:
    """Raises NotFound(subscription_not_found)."""
    try:
        sealed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        about: Any = msgspec.json.decode(sealer.unseal(sealed, _UNSUBSCRIBING), type=Unsubscribing)
    except (ValueError, UnsealingError) as error:
        raise NotFound("subscription_not_found", "use the whole link of the mail") from error
    assert isinstance(about, Unsubscribing)
    if not KINDS[about.kind].optional:
        raise NotFound("subscription_not_found", "this kind of mail cannot be unsubscribed from")
    return about
