"""What is counted and what one unit costs. Money is integer micros of the currency unit."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator

from config.errors import unfit, unknown_name
from config.values import Currency, Frozen, matching

MeterName = Literal["portfolio_analysis", "advice_generation", "ai_insight"]
METERS: tuple[str, ...] = get_args(MeterName)
PRICE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
PER_PLAN = "per_plan"


def _micros(value: object) -> int | None:
    if value == PER_PLAN:
        return None
    if isinstance(value, str) and PRICE.fullmatch(value):
        return int(Decimal(value) * 1_000_000)
    raise unfit(f'must be {PER_PLAN} or a price in quotes such as "5.00" (at most 6 decimals)')


class Meter(Frozen):
    """One thing that is counted.

    Attributes:
        price_micros: of one unit, from the decimal text under ``price``; None: the plan decides.
        description: what one unit is.
    """

    price_micros: Annotated[int | None, BeforeValidator(_micros)] = Field(alias="price")
    description: str


class MeterSettings(Frozen):
    """The price list.

    Attributes:
        price_version: names this list; a charge keeps the version it was made under.
        currency: of every price.
        meters: by name; all of them must be listed.
    """

    price_version: Annotated[str, matching(r"[0-9A-Za-z._-]{1,32}", 'text such as "2026-11-01"')]
    currency: Currency
    meters: dict[str, Meter]

    @field_validator("meters", mode="before")
    @classmethod
    def _check_names(cls, given: Any) -> Any:
        if isinstance(given, dict):
            for name in given:
                if name not in METERS:
                    raise unfit(unknown_name(name, METERS, kind="meter"), key=name, was="")
            for name in METERS:
                if name not in given:
                    raise unfit("is required", key=name, was="")
        return given
