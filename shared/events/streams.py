"""The JetStream streams: one per publishing service, made by the migration job."""

import nats
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from shared.events.catalogue import PRODUCERS

DAY_SECONDS = 86_400.0
KEPT_DAYS = 90
DUPLICATE_WINDOW_SECONDS = 120.0


def stream_name(service: str) -> str:
    """The stream that holds a service's events."""
    return service.upper()


def stream_config(service: str, replicas: int = 1) -> StreamConfig:
    """A service's stream; the registry's keeps the last state of each area and unit for ever, the others 90 days."""
    keeps_state = service == "registry"
    return StreamConfig(
        name=stream_name(service),
        subjects=[f"isaf.{service}.>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_msgs_per_subject=1 if keeps_state else -1,
        max_age=0 if keeps_state else KEPT_DAYS * DAY_SECONDS,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        num_replicas=replicas,
        allow_atomic=True,
    )


async def ensure_streams(url: str, user: str, password: str, *, replicas: int = 1) -> None:
    """Make missing streams and bring the others to their configuration."""
    client = await nats.connect(url, user=user, password=password, max_reconnect_attempts=3, connect_timeout=5)
    try:
        jetstream = client.jetstream()
        for service in PRODUCERS:
            await _ensure(jetstream, stream_config(service, replicas))
    finally:
        await client.close()


async def _ensure(jetstream: JetStreamContext, config: StreamConfig) -> None:
    assert config.name is not None
    try:
        await jetstream.stream_info(config.name)
    except NotFoundError:
        await jetstream.add_stream(config)
    else:
        await jetstream.update_stream(config)
