"""The warm-up leans on a private name of FastAPI: this notices when it moves."""

import gc

from fastapi import APIRouter, FastAPI, routing

from shared.warm import warm


def test_endpoints_are_known_as_fastapi_would_find_them() -> None:
    router = APIRouter()

    @router.get("/thing")
    async def read_thing() -> None: ...

    app = FastAPI()
    app.include_router(router, prefix="/api")
    warm(app)
    assert gc.get_freeze_count(), "what is loaded is not looked through again"
    gc.unfreeze()
    prepared = routing._endpoint_context_cache.pop(id(read_thing))
    assert prepared == routing._extract_endpoint_context(read_thing)
