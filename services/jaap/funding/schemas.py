"""What the API takes for funding."""

from typing import Annotated

from pydantic import Field

from shared.schemas import Input, Riel


class FundingAsked(Input):
    """How much an action asks for."""

    amount: Annotated[Riel, Field(ge=1, description="Whole riel, at most the cost less what is funded already")] = (
        Field(examples=[12_000_000])
    )
