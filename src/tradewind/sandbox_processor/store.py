"""All SQL. Plain functions over one connection; the caller says where a transaction begins and ends.

One process owns the file (SQLite's exclusive locking mode) and one thread uses the connection. No
caller awaits inside a transaction, so each is alone from BEGIN to COMMIT. A commit has reached the
operating system before it returns: it survives the death of the process, though not of the machine.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tradewind.sandbox_processor.cards import Card
from tradewind.sandbox_processor.rows import DueEvent, StoredAnswer, StoredAuthorisation, StoredCard
from tradewind.sandbox_processor.wire import (
    AuthorisationStatus,
    DeclineCode,
    Effect,
    Fault,
    FaultKind,
    Operation,
    OperationKind,
    OperationStatus,
    Token,
    WebhookEndpoint,
)

BUSY_SECONDS = 1.0

OPERATION_COLUMNS = "id, authorisation_id, kind, reference, amount_minor, status, created_at"


AUTHORISATION_COLUMNS = ", ".join(StoredAuthorisation.__struct_fields__)


def open_store(path: Path) -> sqlite3.Connection:
    """The database, made where there is none; sqlite3.OperationalError when another process has it."""
    db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
    path.chmod(0o600)
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA cache_size = -1024")
    db.executescript((Path(__file__).parent / "schema.sql").read_text())
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def insert_card(
    db: sqlite3.Connection, merchant: str, token: str, card: Card, sealed_number: bytes, now: str
) -> Token:
    db.execute(
        """
        INSERT INTO cards (token, merchant, sealed_number, network, last4, exp_month, exp_year, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (token, merchant, sealed_number, card.network, card.last4, card.exp_month, card.exp_year, now),
    )
    return Token(token, card.network, card.last4, card.exp_month, card.exp_year)


def find_card(db: sqlite3.Connection, merchant: str, token: str) -> StoredCard | None:
    """By its token, or by the saved instrument that stands for it."""
    row = db.execute(
        """
        SELECT token, sealed_number, network, last4 FROM cards
        WHERE merchant = :merchant AND token = coalesce(
            (SELECT token FROM instruments WHERE id = :token AND merchant = :merchant), :token)
        """,
        {"token": token, "merchant": merchant},
    ).fetchone()
    return row and StoredCard(*row)


def insert_authorisation(db: sqlite3.Connection, new: StoredAuthorisation) -> None:
    marks = ", ".join("?" * len(StoredAuthorisation.__struct_fields__))
    db.execute(
        f"INSERT INTO authorisations ({AUTHORISATION_COLUMNS}) VALUES ({marks})", msgspec.structs.astuple(new)
    )


def find_authorisation(db: sqlite3.Connection, merchant: str, id_: str) -> StoredAuthorisation | None:
    row = db.execute(
        f"SELECT {AUTHORISATION_COLUMNS} FROM authorisations WHERE id = ? AND merchant = ?", (id_, merchant)
    ).fetchone()
    return row and StoredAuthorisation(*row)


def find_challenged(db: sqlite3.Connection, challenge_id: str) -> StoredAuthorisation | None:
    row = db.execute(
        f"SELECT {AUTHORISATION_COLUMNS} FROM authorisations WHERE challenge_id = ?", (challenge_id,)
    ).fetchone()
    return row and StoredAuthorisation(*row)


def list_authorisations(db: sqlite3.Connection, merchant: str, reference: str) -> list[StoredAuthorisation]:
    rows = db.execute(
        f"SELECT {AUTHORISATION_COLUMNS} FROM authorisations WHERE merchant = ? AND reference = ?",
        (merchant, reference),
    )
    return [StoredAuthorisation(*row) for row in rows]


def add_captured(db: sqlite3.Connection, id_: str, amount_minor: int) -> bool:
    """Whether the amount was still authorised and is now captured."""
    changed = db.execute(
        """
        UPDATE authorisations SET captured_minor = captured_minor + :amount
        WHERE id = :id AND status = 'authorised' AND captured_minor + :amount <= amount_minor
        """,
        {"id": id_, "amount": amount_minor},
    )
    return changed.rowcount == 1


def add_refunded(db: sqlite3.Connection, id_: str, amount_minor: int) -> bool:
    """Whether the amount was captured, not yet refunded, and is now refunded."""
    changed = db.execute(
        """
        UPDATE authorisations SET refunded_minor = refunded_minor + :amount
        WHERE id = :id AND status = 'authorised' AND refunded_minor + :amount <= captured_minor
        """,
        {"id": id_, "amount": amount_minor},
    )
    return changed.rowcount == 1


def set_voided(db: sqlite3.Connection, id_: str) -> bool:
    """Whether nothing was captured yet and it is now voided."""
    changed = db.execute(
        """
        UPDATE authorisations SET status = 'voided'
        WHERE id = ? AND status IN ('authorised', 'action_required') AND captured_minor = 0
        """,
        (id_,),
    )
    return changed.rowcount == 1


def release_rest(db: sqlite3.Connection, id_: str) -> bool:
    """Whether a part of it was captured, and nothing beyond that is authorised any more."""
    changed = db.execute(
        """
        UPDATE authorisations SET amount_minor = captured_minor
        WHERE id = ? AND status = 'authorised' AND captured_minor > 0
        """,
        (id_,),
    )
    return changed.rowcount == 1


def settle_challenge(
    db: sqlite3.Connection, id_: str, status: AuthorisationStatus, decline_code: DeclineCode | None
) -> bool:
    """Whether it was still waiting for the shopper and now has `status`."""
    changed = db.execute(
        "UPDATE authorisations SET status = ?, decline_code = ? WHERE id = ? AND status = 'action_required'",
        (status, decline_code, id_),
    )
    return changed.rowcount == 1


def set_operation_status(db: sqlite3.Connection, id_: str, status: OperationStatus) -> None:
    db.execute("UPDATE operations SET status = ? WHERE id = ?", (status, id_))


def insert_operation(db: sqlite3.Connection, merchant: str, new: Operation, request_hash: bytes) -> None:
    db.execute(
        f"""
        INSERT INTO operations ({OPERATION_COLUMNS}, merchant, request_hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (*msgspec.structs.astuple(new), merchant, request_hash),
    )


def find_operation(db: sqlite3.Connection, merchant: str, reference: str) -> tuple[Operation, bytes] | None:
    """The operation that has the reference, and the hash of the request that made it."""
    row = db.execute(
        f"SELECT {OPERATION_COLUMNS}, request_hash FROM operations WHERE merchant = ? AND reference = ?",
        (merchant, reference),
    ).fetchone()
    return row and (Operation(*row[:-1]), row[-1])


def list_operations(db: sqlite3.Connection, authorisation_id: str) -> list[Operation]:
    rows = db.execute(
        f"SELECT {OPERATION_COLUMNS} FROM operations WHERE authorisation_id = ? ORDER BY sequence",
        (authorisation_id,),
    )
    return [Operation(*row) for row in rows]


def insert_effect(
    db: sqlite3.Connection, merchant: str, operation: Operation, currency: str, now: str
) -> None:
    db.execute(
        """
        INSERT INTO effects
            (merchant, operation_id, kind, authorisation_id, reference, amount_minor, currency, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            merchant,
            operation.id,
            operation.kind,
            operation.authorisation_id,
            operation.reference,
            operation.amount_minor,
            currency,
            now,
        ),
    )


def list_effects(db: sqlite3.Connection, merchant: str, after: int, limit: int) -> list[Effect]:
    rows = db.execute(
        """
        SELECT sequence, kind, authorisation_id, reference, amount_minor, currency, at
        FROM effects WHERE merchant = ? AND sequence > ? ORDER BY sequence LIMIT ?
        """,
        (merchant, after, limit),
    )
    return [Effect(*row) for row in rows]


def find_answer(db: sqlite3.Connection, merchant: str, key: str) -> StoredAnswer | None:
    row = db.execute(
        "SELECT request_hash, status, body FROM answers WHERE merchant = ? AND idempotency_key = ?",
        (merchant, key),
    ).fetchone()
    return row and StoredAnswer(*row)


def insert_answer(db: sqlite3.Connection, merchant: str, key: str, answer: StoredAnswer) -> None:
    db.execute(
        "INSERT INTO answers (merchant, idempotency_key, request_hash, status, body) VALUES (?, ?, ?, ?, ?)",
        (merchant, key, answer.request_hash, answer.status, answer.body),
    )


def replace_faults(db: sqlite3.Connection, merchant: str, faults: list[Fault]) -> None:
    db.execute("DELETE FROM faults WHERE merchant = ?", (merchant,))
    db.executemany(
        "INSERT INTO faults (merchant, position, operation, kind, times, seconds) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (merchant, position, fault.operation, fault.kind, fault.times, fault.seconds)
            for position, fault in enumerate(faults)
        ],
    )


def list_faults(db: sqlite3.Connection, merchant: str) -> list[Fault]:
    rows = db.execute(
        """
        SELECT operation, kind, times, seconds FROM faults
        WHERE merchant = ? AND times > 0 ORDER BY position
        """,
        (merchant,),
    )
    return [Fault(*row) for row in rows]


def take_fault(
    db: sqlite3.Connection, merchant: str, operation: OperationKind, kinds: tuple[FaultKind, ...]
) -> tuple[FaultKind, float | None] | None:
    """The first fault ordered for the operation, one time fewer of it left; its kind and seconds."""
    marks = ", ".join("?" * len(kinds))
    rows = db.execute(
        f"""
        UPDATE faults SET times = times - 1
        WHERE merchant = ? AND position = (
            SELECT MIN(position) FROM faults
            WHERE merchant = ? AND operation IN (?, 'any') AND kind IN ({marks}) AND times > 0
        )
        RETURNING kind, seconds
        """,
        (merchant, merchant, operation, *kinds),
    ).fetchall()
    return rows[0] if rows else None


def count_card_trouble(db: sqlite3.Connection, merchant: str, reference: str, at_most: int) -> bool:
    """Whether the card had made trouble for the reference less than `at_most` times; counts this one."""
    changed = db.execute(
        """
        INSERT INTO card_troubles (merchant, reference, times) VALUES (?, ?, 1)
        ON CONFLICT (merchant, reference) DO UPDATE SET times = times + 1 WHERE times < ?
        """,
        (merchant, reference, at_most),
    )
    return changed.rowcount == 1


def upsert_webhook_endpoint(db: sqlite3.Connection, merchant: str, endpoint: WebhookEndpoint) -> None:
    db.execute(
        """
        INSERT INTO webhook_endpoints (merchant, url, secret) VALUES (?, ?, ?)
        ON CONFLICT (merchant) DO UPDATE SET url = excluded.url, secret = excluded.secret
        """,
        (merchant, endpoint.url, endpoint.secret),
    )


def find_webhook_endpoint(db: sqlite3.Connection, merchant: str) -> WebhookEndpoint | None:
    row = db.execute("SELECT url, secret FROM webhook_endpoints WHERE merchant = ?", (merchant,)).fetchone()
    return row and WebhookEndpoint(*row)


def insert_event(
    db: sqlite3.Connection, merchant: str, id_: str, body: bytes, deliveries: int, due_at: float
) -> None:
    db.execute(
        """
        INSERT INTO webhook_events (id, merchant, body, deliveries_left, next_attempt_at)
        VALUES (?, ?, ?, ?, ?)
        """,
        (id_, merchant, body, deliveries, due_at),
    )


def make_every_event_due(db: sqlite3.Connection, now: float) -> None:
    """At the start: what a process that died had in hand is nobody's, and need not wait."""
    db.execute("UPDATE webhook_events SET next_attempt_at = ? WHERE next_attempt_at > ?", (now, now))


def claim_due_events(db: sqlite3.Connection, now: float, claimed_until: float, limit: int) -> list[DueEvent]:
    rows = db.execute(
        """
        UPDATE webhook_events SET attempts = attempts + 1, next_attempt_at = :claimed_until
        WHERE id IN (
            SELECT id FROM webhook_events WHERE next_attempt_at <= :now ORDER BY next_attempt_at LIMIT :limit
        )
        RETURNING id, merchant, body, attempts
        """,
        {"now": now, "claimed_until": claimed_until, "limit": limit},
    ).fetchall()
    return [DueEvent(*row) for row in rows]


def next_due_at(db: sqlite3.Connection) -> float | None:
    row = db.execute(
        "SELECT MIN(next_attempt_at) FROM webhook_events WHERE next_attempt_at IS NOT NULL"
    ).fetchone()
    return row[0] if row else None


def record_delivery(db: sqlite3.Connection, id_: str, now: float, delivered_at: str) -> None:
    """One delivery fewer to make; the next one, where there is one, is due at once."""
    db.execute(
        """
        UPDATE webhook_events SET
            deliveries_left = deliveries_left - 1,
            attempts = 0,
            delivered_at = :delivered_at,
            next_attempt_at = CASE WHEN deliveries_left > 1 THEN :now END
        WHERE id = :id
        """,
        {"id": id_, "now": now, "delivered_at": delivered_at},
    )


def postpone_event(db: sqlite3.Connection, id_: str, next_attempt_at: float | None) -> None:
    """When to try again; never, where that is None."""
    db.execute("UPDATE webhook_events SET next_attempt_at = ? WHERE id = ?", (next_attempt_at, id_))


def put_dispute(db: sqlite3.Connection, merchant: str, id_: str, body: bytes) -> None:
    db.execute(
        """
        INSERT INTO disputes (id, merchant, body) VALUES (?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET body = excluded.body
        """,
        (id_, merchant, body),
    )


def find_dispute(db: sqlite3.Connection, merchant: str, id_: str) -> bytes | None:
    row = db.execute("SELECT body FROM disputes WHERE id = ? AND merchant = ?", (id_, merchant)).fetchone()
    return None if row is None else bytes(row[0])
