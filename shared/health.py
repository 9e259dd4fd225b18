"""/livez and /readyz, for the gateway, containers and the curious."""

from fastapi import Request, Response
from sqlalchemy import text

from shared.routing import Router

router = Router(include_in_schema=False)


@router.get("/livez")
async def livez() -> dict[str, str]:
    """The process answers; touches nothing else."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(request: Request, response: Response) -> dict[str, object]:
    """Whether requests can be served: 503 without the database or its newest migration.

    Without NATS the answer is 200 "degraded": requests are served and events wait in the outbox.
    """
    runtime = request.app.state.runtime
    version, database_ok = None, True
    try:
        async with runtime.database.transaction() as db:
            version = await db.scalar(text("SELECT version_num FROM alembic_version"))
    except Exception:
        database_ok = False
    checks = {
        "database": database_ok,
        "migrations": version == runtime.expected_version,
        "nats": runtime.nats.is_connected,
    }
    ready = checks["database"] and checks["migrations"]
    response.status_code = 200 if ready else 503
    response.headers["Cache-Control"] = "no-store"
    status = "unavailable" if not ready else "ready" if checks["nats"] else "degraded"
    return {"service": runtime.service, "status": status, "checks": checks}
