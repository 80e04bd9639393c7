"""What lists are narrowed by."""

from __future__ import annotations

from datetime import UTC, datetime

from tradewind.kernel.errors import Invalid


class Where:
    """The conditions that were asked for and no others, so that a kept plan suits them."""

    def __init__(self) -> None:
        self.text = "true"
        self.values: list[object] = []

    def add(self, condition: str, *values: object) -> None:
        """`condition`, written in the code, has a `{}` for each value. With None it was not asked for."""
        if None in values:
            return
        places = range(len(self.values) + 1, len(self.values) + len(values) + 1)
        self.text += " AND " + condition.format(*(f"${place}" for place in places))
        self.values += values


def utc(value: datetime, field: str) -> datetime:
    """Raises Invalid for a time that the calendar has in its own zone only, such as the first hour of year 1."""
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise Invalid(
            "invalid_parameter", "use a time within the years 1 to 9999 of UTC", field=field
        ) from error
