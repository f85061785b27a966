"""The kinds of value a setting can have, each refusing with the form it accepts."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from config.errors import unfit


class Frozen(BaseModel):
    """A group of settings: fixed once read, and no key that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
    not_yet: ClassVar[Mapping[str, str]] = {}  # keys of a later version: key -> what to do today


def whole(low: int, high: int) -> BeforeValidator:
    """A whole number within limits, both included; 2.0 and true are none."""

    def check(value: object) -> int:
        if type(value) is int and low <= value <= high:
            return value
        raise unfit(f"must be a whole number from {low} to {high}")

    return BeforeValidator(check)


def real(low: float, high: float, *, hint: str = "", kind: str = "a number") -> BeforeValidator:
    """A number within limits, both included; NaN and infinity are none."""

    def check(value: object) -> float:
        if type(value) in (int, float) and low <= value <= high:  # type: ignore[operator]
            return float(value)  # type: ignore[arg-type]
        raise unfit(f"must be {kind} from {low:g} to {high:g}{hint}")

    return BeforeValidator(check)


def matching(pattern: str, accepted: str) -> BeforeValidator:
    """Text of a certain form; ``accepted`` describes it."""
    form = re.compile(pattern)

    def check(value: object) -> str:
        if isinstance(value, str) and form.fullmatch(value):
            return value
        raise unfit(f"must be {accepted}")

    return BeforeValidator(check)


def _path(value: object) -> Path:
    if isinstance(value, Path):
        return value
    if isinstance(value, str) and value.strip() and "\0" not in value:
        return Path(value)
    raise unfit("must be the path of a file or folder")


Share = Annotated[float, real(0, 1, kind="a fraction", hint=" (0.10 is 10 %)")]
Identifier = Annotated[str, matching(r"[A-Za-z0-9_.-]{1,64}", "1 to 64 letters, digits, _ . or -")]
Currency = Annotated[str, matching(r"[A-Z]{3,5}", 'a currency code such as "INR"')]
Location = Annotated[Path, BeforeValidator(_path)]
Listed = Field(strict=False)  # YAML has lists, frozen settings have tuples
