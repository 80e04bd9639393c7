"""The process that the outside reaches: gateway and pages. Loaded by it alone, not by each service's process."""

from __future__ import annotations

from collections.abc import Mapping

from tradewind.cli.media import demo_media
from tradewind.faces.kit.settings import Settings as FacesSettings
from tradewind.faces.site import Site
from tradewind.gateway.gateway import Gateway
from tradewind.gateway.settings import Settings as GatewaySettings
from tradewind.kernel import settings
from tradewind.kernel.compose import Runtime
from tradewind.kernel.http import Handler


def edge(runtime: Runtime, environ: Mapping[str, str]) -> Handler:
    """Raises SettingsError, and CompositionError for a service that is neither here nor has a URL."""
    chosen = settings.load(GatewaySettings, "gateway", environ)
    faces = Site(settings.load(FacesSettings, "faces", environ), chosen.public_url)
    return Gateway(runtime, chosen, pages=[demo_media()], faces=faces).handle
