"""Kinds of value that answers are made of."""

from typing import Annotated

from pydantic import Field

Micros = Annotated[int, Field(description="microseconds since the epoch, UTC")]
Money = Annotated[str, Field(description="decimal string", examples=["1250.50"])]
