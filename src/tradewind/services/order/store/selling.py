"""What pricing needs beside the lines, read in the statement of who asks: a cart that is loaded or begun, a quote.

TERMS are the parts of a jsonb_build_object. They speak of two rows: `c` with account_id, email and currency, and
`given` with country, codes and now. Without `now`, promotions that have ended are not left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection
from tradewind.services.order.domain.pricing import Area, Promotion, ShippingPrice
from tradewind.services.order.domain.pricing.shipping import serves
from tradewind.services.order.domain.pricing.tax import RatePeriod

PROMOTIONS = """
    'prices_include_tax', coalesce((
        SELECT terms.prices_include_tax FROM currency_terms terms WHERE terms.currency = c.currency), true),
    'promotions', coalesce((
        SELECT jsonb_agg(to_jsonb(p) || jsonb_build_object('customer_uses', coalesce((
            SELECT max(u.uses) FROM promotion_customers u WHERE u.promotion_id = p.promotion_id
              AND u.customer IN ('account:' || c.account_id, 'email:' || lower(c.email))), 0)))
        FROM (
            SELECT NULL AS code, NULL::int AS code_most_uses, 0 AS code_uses, own.* FROM promotions own
            WHERE own.automatic AND own.active AND own.archived_at IS NULL
              AND (given.now IS NULL OR own.ends_at IS NULL OR own.ends_at > given.now)
            UNION ALL
            SELECT k.code, k.most_uses, k.uses, own.*
            FROM promotion_codes k JOIN promotions own ON own.promotion_id = k.promotion_id
            WHERE k.code = ANY (given.codes) AND own.archived_at IS NULL) p),
        '[]')
"""
TERMS = f"""
    'methods', coalesce((
        SELECT jsonb_agg(jsonb_build_object('code', m.code, 'name', m.name, 'prices', m.prices,
            'days_min', m.days_min, 'days_max', m.days_max, 'tax_class', m.tax_class,
            'most_grams', m.most_grams, 'areas', z.areas) ORDER BY m.position, m.code)
        FROM shipping_methods m LEFT JOIN shipping_zones z ON z.code = m.zone
        WHERE m.active AND m.prices ? c.currency AND CASE WHEN m.zone IS NULL
            THEN m.countries = '{{}}' OR given.country = ANY (m.countries)
            ELSE z.areas @> jsonb_build_array(jsonb_build_object('country', given.country)) END),
        '[]'),
    'rates', coalesce((
        SELECT jsonb_agg(to_jsonb(t)) FROM tax_rates t WHERE t.country = given.country), '[]'),
    {PROMOTIONS}
"""


class Method(msgspec.Struct, frozen=True):
    code: str
    name: str
    prices: dict[str, ShippingPrice]
    days_min: int
    days_max: int
    tax_class: str = "standard"
    most_grams: int | None = None
    areas: list[Area] | None = None  # None: in no zone, and chosen by its countries already

    def goes_to(self, country: str, postal_code: str, weight_grams: int = 0) -> bool:
        """`country` is the one that it was read for."""
        return (self.areas is None or serves(self.areas, country, postal_code)) and (
            self.most_grams is None or weight_grams <= self.most_grams
        )


class SellingTerms(msgspec.Struct, frozen=True):
    """`promotions` are those of the codes, and those that come by themselves."""

    methods: list[Method] = []
    rates: list[RatePeriod] = []
    prices_include_tax: bool = True
    promotions: list[Promotion] = []


decode_terms = msgspec.json.Decoder(SellingTerms).decode


async def load_terms(
    db: Connection,
    currency: str,
    *,
    country: str | None,
    codes: Sequence[str],
    account_id: UUID | None,
    email: str | None,
    now: datetime,
) -> SellingTerms:
    """For a quote without a cart."""
    text = await db.value(
        f"""
        SELECT jsonb_build_object({TERMS})::text
        FROM (SELECT $1::text AS currency, $4::uuid AS account_id, $5::text AS email) c,
             (SELECT $2::text AS country, $3::text[] AS codes, $6::timestamptz AS now) given
        """,
        currency,
        country,
        list(codes),
        account_id,
        email,
        now,
    )
    return decode_terms(text)
