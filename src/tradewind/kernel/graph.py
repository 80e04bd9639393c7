"""How services hang together, from their own words: what each needs, provides, publishes and hears."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tradewind.kernel.service import Service


class CompositionError(Exception):
    """The services cannot run as asked; the message lists every reason."""


@dataclass(frozen=True)
class Graph:
    services: Mapping[str, Service]

    @staticmethod
    def of(services: Sequence[Service]) -> Graph:
        return Graph({service.name: service for service in services})

    def owner(self, contract: type) -> str | None:
        """The name of the service that provides `contract`."""
        for service in self.services.values():
            if service.provides is not None and service.provides.contract is contract:
                return service.name
        return None

    def subscribers(self, event: str) -> tuple[str, ...]:
        """All who hear of `event`, in any process."""
        return tuple(
            subscription.subscriber(service.name)
            for service in self.services.values()
            for subscription in service.subscriptions
            if subscription.event.event_type() == event
        )

    def subscribers_by_event(self, service: Service) -> dict[str, tuple[str, ...]]:
        return {event.event_type(): self.subscribers(event.event_type()) for event in service.publishes}

    def problems(self, local: Collection[str], urls: Mapping[str, Sequence[str]], *, bus: bool) -> list[str]:
        """Why these cannot run in one process with the others at `urls`; empty if they can."""
        found = [
            f"there is no service {name}: there are {', '.join(self.services)}"
            for name in local
            if name not in self.services
        ]
        found += self._unkept_promises()
        for name in local:
            if name in self.services:
                found += self._unreachable(self.services[name], local, urls, bus=bus)
        return found

    def _unkept_promises(self) -> list[str]:
        found = []
        published = {event.event_type() for service in self.services.values() for event in service.publishes}
        for service in self.services.values():
            for contract in service.needs:
                if self.owner(contract) is None:
                    found.append(f"{service.name} needs {contract.__name__}, which no service provides")
            for subscription in service.subscriptions:
                event, subscriber = subscription.event.event_type(), subscription.subscriber(service.name)
                if event not in published:
                    found.append(f"{subscriber} waits for {event}, which no service publishes")
        return found

    def _unreachable(
        self, service: Service, local: Collection[str], urls: Mapping[str, Sequence[str]], *, bus: bool
    ) -> list[str]:
        found = []
        for contract in service.needs:
            owner = self.owner(contract)
            if owner is not None and owner not in local and not urls.get(owner):
                found.append(
                    f"{service.name} needs {contract.__name__} of {owner}, which does not run here: "
                    f"set TRADEWIND_{owner.upper()}_URL"
                )
        elsewhere: dict[str, list[str]] = defaultdict(list)
        for event in service.publishes:
            for subscriber in self.subscribers(event.event_type()):
                if subscriber.partition(".")[0] not in local:
                    elsewhere[event.event_type()].append(subscriber)
        if elsewhere and not bus:
            found.append(
                f"{service.name} publishes {', '.join(elsewhere)} to services that do not run here: "
                "set TRADEWIND_NATS_URL"
            )
        return found

    def deaf(self, local: Collection[str]) -> list[str]:
        """What services of one process hear of others, for which a shop that serves needs a bus. Not a problem
        of composition: a part of the platform runs without, and only hears nothing."""
        told = {
            e.event_type() for name in set(self.services) - set(local) for e in self.services[name].publishes
        }
        found = []
        for name in local:
            heard = sorted({s.event.event_type() for s in self.services[name].subscriptions} & told)
            if heard:
                found.append(
                    f"{name} hears {', '.join(heard)} of services that do not run here: set TRADEWIND_NATS_URL"
                )
        return found

    def describe(self) -> str:
        """The graph in words, as `tradewind check` prints it."""
        lines = []
        for service in self.services.values():
            provides = service.provides.contract.__name__ if service.provides else "nothing"
            lines.append(f"{service.name}: provides {provides}, {len(service.routes)} routes")
            for contract in service.needs:
                lines.append(f"  calls {contract.__name__} of {self.owner(contract)}")
            for event in service.publishes:
                heard = ", ".join(self.subscribers(event.event_type())) or "nobody yet"
                lines.append(f"  tells {event.event_type()} to {heard}")
            for job in service.jobs:
                lines.append(f"  does {job.name} every {job.every_seconds:g} s")
        return "\n".join(lines)
