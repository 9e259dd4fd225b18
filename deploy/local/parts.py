"""The parts of one installation, made the same for who starts them and for who asks after them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from deploy.local import secret_store
from deploy.local.gateway import Gateway
from deploy.local.installation import SERVICES, Installation
from deploy.local.nats import Nats
from deploy.local.postgres import Postgres
from deploy.local.services import Service, ServiceHost


@dataclass
class Parts:
    """Everything that runs."""

    installation: Installation
    postgres: Postgres = field(init=False)
    nats: Nats = field(init=False)
    host: ServiceHost = field(init=False)
    services: list[Service] = field(init=False)
    gateway: Gateway = field(init=False)

    def __post_init__(self) -> None:
        place, ports = self.installation, self.installation.inner_ports
        passwords = secret_store.nats_passwords(secret_store.read(place.secrets_file))
        self.postgres = Postgres(place.data_dir / "postgres", log=place.log("postgres"))
        self.nats = Nats(
            place.data_dir / "nats", ports["nats"], passwords, monitor_port=ports["nats_monitor"], log=place.log("nats")
        )
        targets = {service: f"services.{service}.main:app" for service in SERVICES}
        self.host = ServiceHost([*targets.values()], place.log("services"))
        self.services = [
            Service(name, self.host, target, ports[name], place.log(name), partial(self.environment, name))
            for name, target in targets.items()
        ]
        self.gateway = Gateway(place.data_dir / "gateway", place.port, place.log("gateway"))

    def probes(self) -> dict[str, Callable[[], bool]]:
        """How to ask each part whether it is well."""
        probes = {service.name: service.ready for service in self.services}
        return probes | {part.name: part.ready for part in (self.postgres, self.nats, self.gateway)}

    def environment(self, service: str) -> dict[str, str]:
        """Everything that a service is told."""
        return self.installation.service_environment(service, self.postgres.url(service))

    def migration_environment(self) -> dict[str, str]:
        """What the migration job is told: every role's address, and the NATS user that may make streams."""
        kept = secret_store.read(self.installation.secrets_file)
        urls = {f"ISAF_DATABASE_URL_{service.upper()}": self.postgres.url(service) for service in SERVICES}
        admin = {"ISAF_NATS_USER": "admin", "ISAF_NATS_PASSWORD": kept["NATS_PASSWORD_ADMIN"]}
        return self.environment("registry") | urls | admin
