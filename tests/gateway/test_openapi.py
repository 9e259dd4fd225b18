"""Five documents become one without any name meaning two things."""

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from deploy.gateway import openapi


class Page(BaseModel):
    """The same in both services."""

    next_cursor: str | None


def registry_document() -> dict[str, Any]:
    """A small service; its Area has a code."""

    class Area(BaseModel):
        code: str

    class Listing(BaseModel):
        items: list[Area]

    return document("registry", Area, Listing)


def budget_document() -> dict[str, Any]:
    """Another; its Area has an amount, and its Listing reads the same but lists other areas."""

    class Area(BaseModel):
        amount: int

    class Listing(BaseModel):
        items: list[Area]

    return document("budget", Area, Listing)


def document(service: str, area: type[BaseModel], listing: type[BaseModel]) -> dict[str, Any]:
    """The OpenAPI document of a small application."""
    router = APIRouter(prefix=f"/api/{service}/v1", tags=["areas"])

    @router.get("/areas", response_model=listing)
    async def areas() -> Any: ...

    @router.post("/areas", response_model=Page)
    async def add(body: area) -> Any: ...  # type: ignore[valid-type]

    app = FastAPI(title=service, version="1.2.0", generate_unique_id_function=lambda route: route.name)
    app.include_router(router)
    app.add_api_route("/metrics", areas, response_model=None, name="metrics")
    return app.openapi()


@pytest.fixture(scope="module")
def merged() -> dict[str, Any]:
    """Both in one."""
    return openapi.merge({"registry": registry_document(), "budget": budget_document()})


def test_the_merged_document_is_valid_openapi_31(merged: dict[str, Any]) -> None:
    assert merged["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(merged).validate()


def test_the_document_of_our_services_is_valid_and_names_each_operation_once() -> None:
    ours = openapi.document()
    OpenAPIV31SpecValidator(ours).validate()
    operations = [item[method] for item in ours["paths"].values() for method in item if method != "parameters"]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert {tag.split(":")[0] for operation in operations for tag in operation["tags"]} == set(openapi.SERVICES)


def test_only_what_the_gateway_routes_is_in_it(merged: dict[str, Any]) -> None:
    assert sorted(merged["paths"]) == ["/api/budget/v1/areas", "/api/registry/v1/areas"]


def test_names_that_mean_two_things_are_told_apart_with_all_that_refer_to_them(merged: dict[str, Any]) -> None:
    schemas = merged["components"]["schemas"]
    assert "amount" in schemas["BudgetArea"]["properties"]
    assert "code" in schemas["RegistryArea"]["properties"]
    assert schemas["BudgetListing"]["properties"]["items"]["items"] == {"$ref": "#/components/schemas/BudgetArea"}
    answer = merged["paths"]["/api/registry/v1/areas"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"] == {"$ref": "#/components/schemas/RegistryListing"}
    assert "Area" not in schemas
    assert "Listing" not in schemas


def test_names_that_mean_one_thing_stay_one(merged: dict[str, Any]) -> None:
    names = [name for name in merged["components"]["schemas"] if "Page" in name or "ValidationError" in name]
    assert sorted(names) == ["HTTPValidationError", "Page", "ValidationError"]


def test_operations_are_told_apart_and_grouped_by_service(merged: dict[str, Any]) -> None:
    operations = [item[method] for item in merged["paths"].values() for method in item]
    assert sorted(operation["operationId"] for operation in operations) == [
        "budget_add",
        "budget_areas",
        "registry_add",
        "registry_areas",
    ]
    assert {tag["name"] for tag in merged["tags"]} == {"registry: areas", "budget: areas"}


def test_a_new_name_does_not_take_one_that_is_there() -> None:
    taken = registry_document()
    taken["components"]["schemas"]["RegistryArea"] = {"type": "string"}
    schemas = openapi.merge({"registry": taken, "budget": budget_document()})["components"]["schemas"]
    assert schemas["RegistryArea"] == {"type": "string"}
    assert "code" in schemas["RegistryArea_"]["properties"]


def test_the_given_documents_are_left_as_they_were() -> None:
    given = {"registry": registry_document(), "budget": budget_document()}
    openapi.merge(given)
    assert given == {"registry": registry_document(), "budget": budget_document()}
