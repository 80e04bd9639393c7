"""A ready-made request for every mutating operation: it succeeds, and what it needs was made for it alone."""

from __future__ import annotations

import time
import uuid

import msgspec

import tests.promises.after_sale_requests
import tests.promises.lifecycle_requests
import tests.promises.order_requests
import tests.promises.payment_requests
import tests.promises.pricing_requests
import tests.promises.record_requests
import tests.promises.stock_requests
import tests.promises.warehouse_requests  # noqa: F401 - keeps those of purchasing and work in warehouses
from tests.promises.belongings import address_of, api_key_of, message_of, review_of, session_of
from tests.promises.market import GUEST, PASSWORD, Market
from tests.promises.operations import OPERATIONS
from tests.promises.ready import PICTURE, READY, Prepare, Ready, email, ready, word
from tests.stage import ADDRESS
from tradewind.adapters.payment_gateway.standard_webhooks import signature, signing_key
from tradewind.contracts.user import PasswordResetRequested
from tradewind.kernel.sealing import Sealer
from tradewind.services.notification.links import Unsubscribing, unsubscribe_token
from tradewind.services.notification.use_cases.send_due_messages import send_due_messages

# Accounts and sessions


@ready("user_post_account")
async def register(market: Market) -> Ready:
    return Ready(GUEST, {"email": email(), "password": PASSWORD, "name": "Ada Lovelace"})


@ready("user_patch_me")
async def change_profile(market: Market) -> Ready:
    return Ready(await market.person(), {"name": "Ada King"})


@ready("user_delete_me")
async def close_own_account(market: Market) -> Ready:
    return Ready(await market.person())


@ready("user_post_password")
async def change_password(market: Market) -> Ready:
    body = {"current_password": PASSWORD, "new_password": "seven fat cows graze"}
    return Ready(await market.person(), body)


@ready("user_post_password_reset")
async def ask_for_reset(market: Market) -> Ready:
    return Ready(GUEST, {"email": (await market.person()).email})


@ready("user_post_password_reset_confirmation")
async def confirm_reset(market: Market) -> Ready:
    """With the token from the mail, which travels sealed in the event."""
    person = await market.person()
    await market.send(GUEST, "POST", "/v1/password-resets", {"email": person.email})
    await market.shop.deliver_events()
    payload = await market.shop.database("user").value(
        "SELECT payload FROM outbox WHERE type = $1 AND key = $2",
        PasswordResetRequested.event_type(),
        str(person.account_id),
    )
    event = msgspec.json.decode(payload, type=PasswordResetRequested)
    sealer = Sealer(market.shop.deps("user").settings.secret_key, "user.password_reset")
    token = sealer.unseal(event.sealed_token, str(person.account_id)).decode()
    return Ready(GUEST, {"token": token, "new_password": "seven fat cows graze"})


@ready("user_post_session")
async def log_in(market: Market) -> Ready:
    return Ready(GUEST, {"email": (await market.person()).email, "password": PASSWORD})


@ready("user_delete_all_sessions")
@ready("user_delete_current_session")
@ready("user_post_refresh")
async def own_session(market: Market) -> Ready:
    return Ready(await market.person())


@ready("user_delete_session")
async def end_session(market: Market) -> Ready:
    person = await market.person()
    return Ready(person, path={"session_id": await session_of(market, person)})


ENTRY = {"address": {**ADDRESS, "name": "Ada King"}, "default_shipping": True}


@ready("user_post_address")
async def add_address(market: Market) -> Ready:
    return Ready(await market.person(), ENTRY)


@ready("user_put_address")
async def replace_address(market: Market) -> Ready:
    person = await market.person()
    return Ready(person, ENTRY, {"address_id": await address_of(market, person)})


@ready("user_delete_address")
async def remove_address(market: Market) -> Ready:
    person = await market.person()
    return Ready(person, path={"address_id": await address_of(market, person)})


@ready("user_post_api_key")
async def create_api_key(market: Market) -> Ready:
    return Ready(await market.person("support"), {"name": "robot", "scopes": ["orders:read"]})


@ready("user_delete_api_key")
async def revoke_api_key(market: Market) -> Ready:
    person = await market.person()
    return Ready(person, path={"api_key_id": await api_key_of(market, person)})


@ready("user_delete_customer")
async def close_account(market: Market) -> Ready:
    return Ready(market.admin, path={"account_id": str((await market.person()).account_id)})


@ready("user_put_roles")
async def assign_roles(market: Market) -> Ready:
    person = await market.person()
    return Ready(market.admin, {"roles": ["customer", "support"]}, {"account_id": str(person.account_id)})


# The catalogue


@ready("product_post_product")
async def create_product(market: Market) -> Ready:
    variant = {"sku": word(), "prices": [{"currency": "EUR", "amount_minor": 6800}]}
    return Ready(market.admin, {"title": f"Vase {word()}", "status": "active", "variants": [variant]})


@ready("product_patch_product")
async def change_product(market: Market) -> Ready:
    product = await market.product(stock=0)
    return Ready(market.admin, {"title": "Another vase"}, {"product_id": product["product_id"]})


@ready("product_archive_product")
async def archive_product(market: Market) -> Ready:
    return Ready(market.admin, path={"product_id": (await market.product(stock=0))["product_id"]})


@ready("product_activate_product")
async def activate_product(market: Market) -> Ready:
    product_id = (await market.product(stock=0))["product_id"]
    await market.send(market.admin, "POST", f"/v1/products/{product_id}/archive")
    return Ready(market.admin, path={"product_id": product_id})


@ready("product_post_image")
async def add_image(market: Market) -> Ready:
    product_id = (await market.product(stock=0))["product_id"]
    return Ready(market.admin, PICTURE, {"product_id": product_id}, {"alt": "A vase"})


@ready("product_post_review")
async def write_review(market: Market) -> Ready:
    product_id = (await market.product(stock=0))["product_id"]
    return Ready(await market.person(), {"rating": 4, "text": "Stands firm."}, {"product_id": product_id})


@ready("product_patch_review")
async def change_review(market: Market) -> Ready:
    person = await market.person()
    return Ready(person, {"rating": 2}, {"review_id": await review_of(market, person)})


@ready("product_remove_review")
async def remove_review(market: Market) -> Ready:
    person = await market.person()
    return Ready(person, path={"review_id": await review_of(market, person)})


@ready("product_publish_review")
@ready("product_refuse_review")
async def moderate_review(market: Market) -> Ready:
    return Ready(market.admin, path={"review_id": await review_of(market, await market.person())})


@ready("product_put_answer")
async def answer_review(market: Market) -> Ready:
    review_id = await review_of(market, await market.person())
    return Ready(market.admin, {"text": "Thank you!"}, {"review_id": review_id})


@ready("product_post_category")
async def create_category(market: Market) -> Ready:
    return Ready(market.admin, {"name": f"Vases {word()}"})


@ready("product_patch_category")
async def change_category(market: Market) -> Ready:
    made = await market.send(market.admin, "POST", "/v1/categories", {"name": f"Vases {word()}"})
    return Ready(market.admin, {"name": f"Bowls {word()}"}, {"category_id": made["category_id"]})


@ready("product_post_brand")
async def create_brand(market: Market) -> Ready:
    return Ready(market.admin, {"name": f"Studio {word()}"})


@ready("product_patch_brand")
async def rename_brand(market: Market) -> Ready:
    brand = await market.send(market.admin, "POST", "/v1/brands", {"name": f"Brand {word()}"})
    return Ready(market.admin, {"name": f"Brand {word()}"}, {"brand_id": brand["brand_id"]})


@ready("product_post_import")
async def import_products(market: Market) -> Ready:
    rows = [
        {
            "external_id": word(),
            "title": f"Imported {number}",
            "status": "active",
            "variants": [
                {
                    "sku": word(),
                    "prices": [{"currency": "EUR", "amount_minor": 100}],
                    "stock": {"LEJ": 5},
                }
            ],
        }
        for number in range(3)
    ]
    return Ready(
        market.admin,
        b"".join(msgspec.json.encode(row) + b"\n" for row in rows),
        query={"format": "jsonl", "file_name": "three.jsonl"},
    )


# Stock


@ready("inventory_post_warehouse")
async def create_warehouse(market: Market) -> Ready:
    return Ready(market.admin, {"code": f"W-{word(8)}", "name": "Another", "country": "DE", "active": False})


@ready("inventory_patch_warehouse")
async def change_warehouse(market: Market) -> Ready:
    code = f"W-{word(8)}"
    body = {"code": code, "name": "Another", "country": "DE", "active": False}
    await market.send(market.admin, "POST", "/v1/warehouses", body)
    return Ready(market.admin, {"priority": 20}, {"code": code})


@ready("inventory_post_adjustment")
async def adjust_stock(market: Market) -> Ready:
    sku = await market.article(stock=10)
    body = {"sku": sku, "warehouse": "LEJ", "quantity": -2, "reason": "broken", "reference": word()}
    return Ready(market.admin, body)


@ready("inventory_post_receipt")
async def receive_stock(market: Market) -> Ready:
    lines = [{"sku": await market.article(stock=0), "warehouse": "LEJ", "quantity": 4}]
    return Ready(market.admin, {"reference": word(), "lines": lines})


@ready("inventory_post_reservation")
async def hold_stock(market: Market) -> Ready:
    lines = [{"sku": await market.article(stock=10), "quantity": 2}]
    return Ready(market.admin, {"lines": lines, "expires_in_seconds": 900})


@ready("inventory_delete_reservation")
async def end_hold(market: Market) -> Ready:
    body = (await hold_stock(market)).body
    held = await market.send(market.admin, "POST", "/v1/reservations", body)
    return Ready(market.admin, path={"owner_id": held["owner_id"]})


# Payments


async def shipped_payment(market: Market) -> str:
    """One of which a part was captured with a parcel."""
    order = await market.order(GUEST, quantity=2)
    lines = {"lines": [{"sku": order["sku"], "quantity": 1}]}
    await market.send(market.admin, "POST", f"/v1/orders/{order['order_id']}/fulfilments", lines)
    await market.shop.deliver_events()
    return await market.payment_id(order["order_id"])


@ready("payment_post_capture")
async def capture_payment(market: Market) -> Ready:
    order = await market.order(GUEST)
    payment_id = await market.payment_id(order["order_id"])
    return Ready(market.admin, {"amount_minor": 500}, {"payment_id": payment_id})


@ready("payment_post_refund")
async def refund_payment(market: Market) -> Ready:
    payment_id = await shipped_payment(market)
    return Ready(market.admin, {"amount_minor": 300, "reason": "scratched"}, {"payment_id": payment_id})


@ready("payment_post_void")
async def void_payment(market: Market) -> Ready:
    order = await market.order(GUEST)
    return Ready(market.admin, path={"payment_id": await market.payment_id(order["order_id"])})


@ready("payment_post_webhook")
async def receive_webhook(market: Market) -> Ready:
    """Signed as the processor signs; about what it is, the payment service asks."""
    chosen = market.shop.deps("payment").settings
    processor = market.shop.deps("payment").gateway.name
    reference = f"authorisation:{uuid.uuid4()}:1"
    authorisation = {"id": "au_1", "reference": reference, "status": "authorised"}
    operation = {"id": "op_1", "reference": reference, "status": "succeeded"}
    data = {"authorisation": {**authorisation, "network": "visa", "last4": "4242"}, "operation": operation}
    body = msgspec.json.encode({"type": "authorisation.updated", "data": data})
    webhook_id, timestamp = f"msg_{word()}", str(int(time.time()))
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(
            signing_key(chosen.processor_webhook_secret), webhook_id, timestamp, body
        ),
    }
    return Ready(GUEST, body, {"processor": processor}, headers=headers)


# Messages


@ready("notification_post_retry")
async def send_message_again(market: Market) -> Ready:
    """One that was sent. The jobs of a market run when they are told to."""
    message_id = await message_of(market, await market.person())
    while await send_due_messages(market.shop.deps("notification")):
        continue
    return Ready(market.admin, path={"message_id": message_id})


@ready("notification_put_preferences")
async def choose_what_to_be_told(market: Market) -> Ready:
    choice = {"kind": "order_delivered", "channel": "email", "enabled": False}
    return Ready(await market.person(), {"items": [choice]})


def unsubscribing(market: Market) -> str:
    about = Unsubscribing(email(), "welcome")
    return unsubscribe_token(market.shop.deps("notification").sealer, about)


@ready("notification_post_unsubscribe")
async def unsubscribe(market: Market) -> Ready:
    return Ready(GUEST, {"token": unsubscribing(market)})


@ready("notification_post_one_click")
async def unsubscribe_at_once(market: Market) -> Ready:
    return Ready(GUEST, b"List-Unsubscribe=One-Click", query={"token": unsubscribing(market)})


# Events and reports

SEEN = {"anonymousId": "visitor-1", "event": "Product Viewed", "properties": {"sku": "VASE-1"}}
PURCHASES = (
    "invoice,time,customer,country,sku,text,quantity,unit_price\n"
    "{0},2020-01-02 10:00:00,17,Germany,VASE-1,Vase,2,4.953\n"
    "C{0},2020-01-03 10:00:00,17,Germany,VASE-1,Vase,-1,4.953\n"
)


@ready("analytics_post_batch")
async def tell_events(market: Market) -> Ready:
    return Ready(market.admin, {"batch": [{"type": "track", **SEEN}, {"type": "page", "userId": word()}]})


@ready("analytics_post_track")
async def tell_event(market: Market) -> Ready:
    return Ready(market.admin, SEEN)


@ready("analytics_post_page")
async def tell_page(market: Market) -> Ready:
    return Ready(market.admin, {"anonymousId": word(), "name": "Home"})


@ready("analytics_post_screen")
async def tell_screen(market: Market) -> Ready:
    return Ready(market.admin, {"anonymousId": word(), "name": "Home"})


@ready("analytics_post_identify")
async def tell_who(market: Market) -> Ready:
    return Ready(market.admin, {"anonymousId": word(), "userId": word(), "traits": {"plan": "gold"}})


@ready("analytics_post_group")
async def tell_group(market: Market) -> Ready:
    return Ready(market.admin, {"userId": word(), "groupId": word()})


@ready("analytics_post_alias")
async def tell_alias(market: Market) -> Ready:
    return Ready(market.admin, {"userId": word(), "previousId": word()})


@ready("analytics_post_check")
async def compare_reports(market: Market) -> Ready:
    return Ready(market.admin)


@ready("analytics_post_rebuild")
async def rebuild_reports(market: Market) -> Ready:
    return Ready(market.admin)


@ready("analytics_post_order_history")
async def import_order_history(market: Market) -> Ready:
    body = PURCHASES.format(word()).encode()
    return Ready(market.admin, body, query={"file_name": "orders.csv", "currency": "GBP"})


# Searches


@ready("search_post_click")
async def report_a_click(market: Market) -> Ready:
    product_id = (await market.product(stock=0))["product_id"]
    return Ready(GUEST, {"search_id": str(uuid.uuid4()), "product_id": product_id, "position": 1})


@ready("search_put_synonyms")
async def put_synonyms(market: Market) -> Ready:
    return Ready(market.admin, {"terms": [word(), word()]}, {"synonym_id": str(uuid.uuid4())})


@ready("search_delete_synonyms")
async def delete_synonyms(market: Market) -> Ready:
    synonym_id = str(uuid.uuid4())
    await market.send(market.admin, "PUT", f"/v1/search/synonyms/{synonym_id}", {"terms": [word(), word()]})
    return Ready(market.admin, path={"synonym_id": synonym_id})


@ready("search_post_rebuild")
async def rebuild_the_index(market: Market) -> Ready:
    return Ready(market.admin)


# Operations of the platform itself


def replay_at(service: str) -> Prepare:
    async def replay(market: Market) -> Ready:
        """Of an event that was parked."""
        event_id, subscriber = str(uuid.uuid4()), f"{service}.on_something"
        await market.shop.database(service).execute(
            """
            INSERT INTO inbox (event_id, subscriber, type, state, received_at, tries, retry_at, reason, envelope)
            VALUES ($1, $2, 'some.event', 'parked', now(), 8, now(), 'it failed', '{}')
            """,
            event_id,
            subscriber,
        )
        return Ready(market.admin, {"event_id": event_id, "subscriber": subscriber})

    return replay


for operation in OPERATIONS:
    if operation.id.endswith("_replay_parked_event"):
        READY[operation.id] = replay_at(operation.service)
