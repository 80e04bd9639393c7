"""What a payment is made with, as it is kept sealed until the processor is known to have it."""

from __future__ import annotations

import msgspec

from tradewind.contracts.payment import CardToken, Wallet
from tradewind.ports.payment_gateway import SavedSource, Source, TokenSource, WalletSource


class KeptSource(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of `tokens` (by processor), `saved` and `wallet`. `customer` is what the processor calls who pays."""

    tokens: dict[str, str] = {}
    saved: tuple[str, str] | None = None  # customer and method
    wallet: str | None = None
    customer: str | None = None

    def for_processor(self, processor: str) -> Source:
        if self.saved is not None:
            return SavedSource(*self.saved)
        return WalletSource(self.wallet) if self.wallet else TokenSource(self.tokens[processor])


def kept(method: CardToken | Wallet, names: tuple[str, ...]) -> tuple[KeptSource, list[str]]:
    """With the processors that it can be sent to, likeliest first; none where this shop has none of them."""
    if isinstance(method, Wallet):
        return KeptSource(wallet=method.kind), list(names)
    first = method.processor or next(iter(names), "")
    tokens = {**method.fallbacks, first: method.token}
    able = dict.fromkeys(name for name in (first, *names) if name in tokens and name in names)
    return KeptSource(tokens), list(able)


def read(text: bytes) -> KeptSource:
    """A plain token is one of before there were other methods."""
    if text[:1] != b"{":
        return KeptSource({"sandbox": text.decode()})
    return msgspec.json.decode(text, type=KeptSource)
