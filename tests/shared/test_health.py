"""What the gateway, an operator and Prometheus see of a service."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared import logs
from tests.shared.conftest import API, Toy, note
from tests.shared.toy import mood


async def test_a_service_with_all_its_parts_is_ready(toy: Toy) -> None:
    answer = await toy.http.get("/readyz")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "service": "toy",
        "status": "ready",
        "checks": {"database": True, "migrations": True, "nats": True},
    }


async def test_without_nats_it_serves_and_says_degraded(toy: Toy) -> None:
    async with toy.nats_away():
        answer = await toy.http.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert answer.json()["checks"]["nats"] is False
        assert (await toy.write("served all the same")).status_code == 201
        assert (await toy.http.get("/metrics")).status_code == 200
        state = await toy.http.get(f"{API}/operations/events", headers=toy.world.as_("operator@"))
        assert state.json()["consumers"] == []
    assert (await toy.http.get("/readyz")).json()["status"] == "ready"


async def test_without_the_database_it_is_alive_and_not_ready(toy: Toy) -> None:
    async with toy.postgres_away():
        answer = await toy.http.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
        assert answer.json()["checks"] == {"database": False, "migrations": False, "nats": True}
        assert (await toy.http.get("/livez")).json() == {"status": "alive"}
        metrics = await toy.http.get("/metrics")
        assert metrics.status_code == 200
        assert 'route="/readyz"' in metrics.text
    assert (await toy.http.get("/readyz")).status_code == 200


async def test_before_its_migrations_it_is_not_ready(toy: Toy) -> None:
    await toy.rows("UPDATE alembic_version SET version_num = 'toy-0'")
    answer = await toy.http.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, False)


async def test_metrics_count_requests_and_backlogs(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.subscriber.MAXIMUM_DELAY_SECONDS", 0)
    mood.broken = {"bad": 99}
    written = (await toy.write("waiting")).json()
    await toy.http.get(f"{API}/notes/{written['id']}")
    await toy.http.get(f"{API}/notes/nothing")
    await toy.http.get("/nowhere")
    await toy.publish(note("bad"))
    await toy.subscriber.drain()
    await toy.publish(note("unread"))

    answer = await toy.http.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    service = ("service", "toy")
    assert samples["isaf_outbox_pending", service] == 1
    assert samples["isaf_dead_letters", service] == 1
    assert samples["isaf_consumer_pending", service, ("stream", "TOY")] == 1
    assert samples["isaf_outbox_oldest_seconds", service] >= 0
    counted = {
        (key[1][1], key[2][1], key[4][1]): value
        for key, value in samples.items()
        if key[0] == "isaf_request_seconds_count"
    }

    assert counted["POST", "/api/toy/v1/notes", "201"] == 1
    assert counted["GET", "/api/toy/v1/notes/{note_id}", "200"] == 1
    assert counted["GET", "/api/toy/v1/notes/{note_id}", "422"] == 1
    assert counted["GET", "unknown", "404"] == 1
    assert not re.search(written["id"], answer.text)


async def test_health_is_no_part_of_the_documented_api(toy: Toy) -> None:
    document = (await toy.http.get("/api/toy/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert all(path.startswith("/api/toy/v1/") for path in document["paths"])
    logs.configure("toy", level="warning")
