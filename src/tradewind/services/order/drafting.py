"""What a draft comes to: its terms, priced as a cart is, into the order that its customer will see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR, LARGEST_QUANTITY
from tradewind.contracts.currencies import is_currency
from tradewind.contracts.product import Offer
from tradewind.contracts.user import Account
from tradewind.kernel.errors import Invalid
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.pricing import (
    ManualDiscount,
    PricedLine,
    Promotion,
    Quote,
    ShippingPrice,
    Terms,
    quote,
)
from tradewind.services.order.domain.pricing.promotions import promotion_problem
from tradewind.services.order.domain.pricing.tax import rates_at
from tradewind.services.order.domain.states import State
from tradewind.services.order.quoting import DISCOUNT_PROBLEMS, priced_line
from tradewind.services.order.shapes.drafts import DraftDiscount, DraftLine, DraftTerms
from tradewind.services.order.store import discounts
from tradewind.services.order.store.orders import LineRecord, OrderRecord
from tradewind.services.order.store.selling import load_terms
from tradewind.services.order.tax_classes import check_tax_classes

CUSTOM = "CUSTOM-"


async def drafted(
    deps: Deps, terms: DraftTerms, *, order_id: UUID, origin: str, before: OrderRecord | None = None
) -> OrderRecord:
    """The order that these terms come to, in the state draft; nothing is written. `before` is one whose articles
    may be sold again although the shop has taken them off.

    Raises Invalid with the field that is wrong.
    """
    if not is_currency(terms.currency):
        raise Invalid("currency_unknown", f"{terms.currency} is no currency of ISO 4217", field="currency")
    account = await _account(deps, terms)
    email = terms.email or (account.email if account else None)
    if email is None:
        raise Invalid("customer_missing", "give an account, or an e-mail address", field="email")
    now = deps.clock.now()
    expires_at = terms.expires_at or now + timedelta(days=deps.settings.draft_days)
    if expires_at <= now:
        raise Invalid("expiry_passed", "choose a moment that is still to come", field="expires_at")
    await check_tax_classes(deps, terms.lines)
    skus = [line.sku for line in terms.lines if line.sku is not None]
    offers = {o.sku: o for o in await deps.product.offers(skus, terms.currency)} if skus else {}
    lines = _lines(terms.lines, offers, before)
    buyer = _Buyer(order_id, terms.account_id, email)
    quoted = await _quote(deps, terms, lines, buyer, now)
    totals = quoted.totals
    return OrderRecord(
        order_id=order_id,
        number="",
        cart_id=None,
        account_id=terms.account_id,
        email=email,
        state=State.DRAFT,
        currency=terms.currency,
        subtotal_minor=totals.subtotal_minor,
        discount_minor=totals.discount_minor,
        shipping_minor=totals.shipping_minor,
        tax_minor=totals.tax_minor,
        total_minor=totals.total_minor,
        shipping_address=terms.shipping_address,
        billing_address=terms.billing_address or terms.shipping_address,
        shipping_method=terms.shipping.method,
        decide_by=expires_at,
        created_at=now,
        updated_at=now,
        lines=[_record(line, total) for line, total in zip(lines, quoted.lines, strict=True)],
        promotions=quoted.promotions,
        prices_include_tax=totals.prices_include_tax,
        tax_added_minor=totals.tax_added_minor,
        shipping_tax_basis_points=quoted.shipping_tax_basis_points,
        shipping_tax_minor=quoted.shipping_tax_minor,
        resume_at=expires_at,
        language=terms.language or (account.language if account else "en"),
        origin=origin,
        origin_order_id=before.order_id if before else None,
        shipping_discount_minor=totals.shipping_discount_minor,
        discount_codes=codes_of(terms.discount_codes),
    )


def codes_of(codes: Sequence[str]) -> list[str]:
    """As promotions have them: in capitals, each once."""
    return list(dict.fromkeys(code.upper() for code in codes))


class _Line(msgspec.Struct, frozen=True):
    """A line before its discount and tax: `record` has neither."""

    record: LineRecord
    priced: PricedLine


class _Buyer(msgspec.Struct, frozen=True):
    """Whose draft it is: what limits of promotions count by."""

    order_id: UUID
    account_id: UUID | None
    email: str


async def _account(deps: Deps, terms: DraftTerms) -> Account | None:
    if terms.account_id is None:
        return None
    account = await deps.user.account(terms.account_id)
    if not isinstance(account, Account):
        raise Invalid("account_unknown", "there is no such account", field="account_id")
    return account


def _lines(
    wanted: Sequence[DraftLine], offers: Mapping[str, Offer], before: OrderRecord | None
) -> list[_Line]:
    earlier = {line.sku: line for line in before.lines} if before else {}
    lines, seen, custom = list[_Line](), set[str](), 0
    for index, line in enumerate(wanted):
        place = f"lines[{index}]"
        if line.sku is None:
            custom += 1
            lines.append(_custom(line, custom, len(lines) + 1, place))
            continue
        if line.sku in seen:
            raise Invalid("line_twice", f"{line.sku} stands in two lines: sum them", field=f"{place}.sku")
        seen.add(line.sku)
        offer = offers.get(line.sku)
        if offer is not None:
            lines.append(_article(line, offer, len(lines) + 1))
        elif line.unit_price_minor is not None and line.sku in earlier:
            lines.append(_again(line, earlier[line.sku], len(lines) + 1))
        else:
            raise Invalid(
                "sku_not_for_sale", f"{line.sku} is not sold in this currency", field=f"{place}.sku"
            )
    return lines


def _custom(line: DraftLine, number: int, position: int, place: str) -> _Line:
    for name in ("title", "unit_price_minor"):
        if getattr(line, name) is None:
            raise Invalid(
                "line_incomplete", "a line without a SKU needs a title and a price", field=f"{place}.{name}"
            )
    assert line.title is not None, "checked"
    assert line.unit_price_minor is not None, "checked"
    sku = f"{CUSTOM}{number}"
    record = _bare(position, sku, None, line.title, {}, None, line.quantity, line.unit_price_minor)
    record = msgspec.structs.replace(record, kind="custom")
    return _Line(record, PricedLine(sku, line.quantity, line.unit_price_minor, line.tax_class))


def _article(line: DraftLine, offer: Offer, position: int) -> _Line:
    price = offer.price_minor if line.unit_price_minor is None else line.unit_price_minor
    record = _bare(
        position,
        offer.sku,
        offer.product_id,
        line.title or offer.title,
        offer.options,
        offer.image_url,
        line.quantity,
        price,
    )
    record = msgspec.structs.replace(record, category=offer.category)
    return _Line(record, msgspec.structs.replace(priced_line(offer, line.quantity), unit_price_minor=price))


def _again(line: DraftLine, was: LineRecord, position: int) -> _Line:
    """An article of an earlier order that is not sold any more."""
    assert line.unit_price_minor is not None, "checked"
    record = msgspec.structs.replace(
        _bare(
            position,
            was.sku,
            was.product_id,
            was.title,
            was.options,
            was.image_url,
            line.quantity,
            line.unit_price_minor,
        ),
        category=was.category,
    )
    return _Line(record, PricedLine(was.sku, line.quantity, line.unit_price_minor, was.tax_class))


def _bare(
    position: int,
    sku: str,
    product_id: UUID | None,
    title: str,
    options: dict[str, str],
    image_url: str | None,
    quantity: int,
    unit_price_minor: int,
) -> LineRecord:
    assert quantity <= LARGEST_QUANTITY, "the shape says so"
    return LineRecord(
        position, sku, product_id, title, options, image_url, quantity, unit_price_minor, 0, 0, 0, 0
    )


async def _quote(
    deps: Deps, terms: DraftTerms, lines: Sequence[_Line], buyer: _Buyer, now: datetime
) -> Quote:
    if sum(line.priced.gross_minor for line in lines) > LARGEST_AMOUNT_MINOR:
        raise Invalid(
            "total_too_large", f"a draft comes to {LARGEST_AMOUNT_MINOR} minor units at most", field="lines"
        )
    codes = codes_of(terms.discount_codes)
    kept = await load_terms(
        deps.db,
        terms.currency,
        country=terms.shipping_address.country,
        codes=codes,
        account_id=buyer.account_id,
        email=buyer.email,
        now=now,
    )
    goods = [line.priced for line in lines]
    promotions = await _promotions(deps, kept.promotions, codes, goods, terms.currency, buyer, now)
    quoted = quote(
        goods,
        Terms(
            terms.currency,
            rates_at(kept.rates, terms.shipping_address.region, now),
            kept.prices_include_tax,
        ),
        ShippingPrice(terms.shipping.price_minor),
        promotions,
        _manual(terms.discount),
    )
    applied = {one.promotion_id for one in quoted.promotions}
    for index, code in enumerate(codes):
        if not any(p.code == code and p.promotion_id in applied for p in promotions):
            raise _not_usable("discount_not_applied", code, index)
    return quoted


async def _promotions(
    deps: Deps,
    known: Sequence[Promotion],
    codes: Sequence[str],
    goods: Sequence[PricedLine],
    currency: str,
    buyer: _Buyer,
    now: datetime,
) -> list[Promotion]:
    """Those of the draft's codes. What it has taken of them before is its own to take again."""
    by_code = {p.code: p for p in known if p.code is not None}
    for row in await discounts.used_by(deps.db, buyer.order_id) if codes else []:
        mine = by_code.get(row["code"])
        if mine is not None:
            same = set(row["customers"]) & set(discounts.customers_of(buyer.account_id, buyer.email))
            by_code[row["code"]] = msgspec.structs.replace(
                mine,
                uses=mine.uses - 1,
                code_uses=mine.code_uses - 1,
                customer_uses=mine.customer_uses - 1 if same else mine.customer_uses,
            )
    for index, code in enumerate(codes):
        problem = promotion_problem(by_code.get(code), currency, goods, now)
        if problem is not None:
            raise _not_usable(problem, code, index)
    return list({p.promotion_id: p for p in by_code.values()}.values())


def _not_usable(problem: str, code: str, index: int) -> Invalid:
    return Invalid(
        problem, DISCOUNT_PROBLEMS[problem], field=f"discount_codes[{index}]", details={"discount_code": code}
    )


def _manual(discount: DraftDiscount | None) -> ManualDiscount | None:
    if discount is None:
        return None
    given = discount.basis_points if discount.kind == "percentage" else discount.amount_minor
    if not given:
        name = "basis_points" if discount.kind == "percentage" else "amount_minor"
        raise Invalid("discount_incomplete", f"say how much: {name}", field=f"discount.{name}")
    return ManualDiscount(discount.kind, discount.reason, discount.basis_points, discount.amount_minor)


def _record(line: _Line, total: object) -> LineRecord:
    return msgspec.structs.replace(
        line.record,
        tax_class=line.priced.tax_class,
        **{
            name: getattr(total, name)
            for name in (
                "discount_minor",
                "total_minor",
                "tax_basis_points",
                "tax_minor",
                "tax_added_minor",
            )
        },
    )
