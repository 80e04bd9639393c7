"""`tradewind`: the command line, and the only place where the platform is put together."""

from __future__ import annotations

from tradewind.cli.commands import app


def main() -> None:
    app()


if __name__ == "__main__":
    main()
