"""What one process of the platform is told by its environment, beyond its services' own settings."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from tradewind.kernel.settings import SettingsError, load, setting


@dataclass(frozen=True)
class Options:
    environment: str = setting(
        "development", help="`development`, or `production`: there no secret has a default"
    )
    data_dir: str = setting("data", help="where the embedded engines and generated secrets live")
    database_url: str = setting("", help="a PostgreSQL (15 or newer); empty: the embedded one")
    nats_url: str = setting("", help="a NATS server with JetStream; needed where services are split")
    secret_key: str = setting("", secret=True, help="the installation's secret; at least 32 characters")
    log_level: str = setting("info", help="debug, info, warning or error")
    access_log: bool = setting(True, help="a line for each request on standard error")
    drain_seconds: float = setting(0.0, help="how long to stay up but not ready before stopping, on SIGTERM")
    processor_port: int = setting(8090, help="where the sandbox card processor listens")
    database_connections: int = setting(12, help="the most connections a service opens to its database")

    @property
    def data_folder(self) -> Path:
        return Path(self.data_dir).resolve()


def load_options(environ: Mapping[str, str]) -> Options:
    """Raises SettingsError."""
    options = load(Options, "process", environ)
    if options.environment not in ("development", "production"):
        raise SettingsError("TRADEWIND_ENVIRONMENT is `development` or `production`")
    if options.secret_key and len(options.secret_key) < 32:
        raise SettingsError("TRADEWIND_SECRET_KEY must have at least 32 characters")
    if options.environment == "production" and not options.secret_key:
        raise SettingsError(
            "TRADEWIND_SECRET_KEY is not set: in production every process is given the same secret, "
            "such as the output of: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return options


def set_public_url(environ: MutableMapping[str, str], url: str) -> None:
    """Where the shop is reached, for its edge and for the links in its mails: as it was set, else at `url`."""
    chosen = environ.get("TRADEWIND_GATEWAY_PUBLIC_URL") or environ.get("TRADEWIND_PUBLIC_URL") or url
    environ.setdefault("TRADEWIND_GATEWAY_PUBLIC_URL", chosen)
    environ.setdefault("TRADEWIND_PUBLIC_URL", chosen)


def development_secret(data_dir: Path) -> str:
    """A secret of this data folder's own: made once, kept beside the data it seals."""
    file = data_dir / "secret_key"
    if not file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return file.read_text(encoding="ascii").strip()
