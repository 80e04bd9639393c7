"""The SQL of saved cards: as in store.py, the caller says where a transaction begins and ends."""

import sqlite3

from tradewind.sandbox_processor.wire import Instrument


def insert_instrument(
    db: sqlite3.Connection, merchant: str, new: Instrument, token: str, authorisation_id: str
) -> None:
    db.execute(
        "INSERT INTO instruments (id, merchant, customer, token, authorisation_id) VALUES (?, ?, ?, ?, ?)",
        (new.id, merchant, new.customer, token, authorisation_id),
    )


def find_instrument(db: sqlite3.Connection, authorisation_id: str) -> Instrument | None:
    row = db.execute(
        "SELECT id, customer FROM instruments WHERE authorisation_id = ?", (authorisation_id,)
    ).fetchone()
    return row and Instrument(*row)


def delete_instrument(db: sqlite3.Connection, merchant: str, id_: str) -> bool:
    return db.execute("DELETE FROM instruments WHERE id = ? AND merchant = ?", (id_, merchant)).rowcount == 1
