"""The kinds of value a setting can have, each refusing with the form it accepts."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from config.errors import unfit


class Frozen(BaseModel):
    """A group of settings: fixed once read, and no key that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
    hints: ClassVar[Mapping[str, str]] = {}  # keys that people try -> what to write instead


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


def server_url(*schemes: str) -> BeforeValidator:
    """The address of a server, without a secret in it: that would be printed with it."""
    form = re.compile(rf"(?:{'|'.join(schemes)})://[^\s@/?#]+(?:/[^\s]*)?")
    accepted = f'must be a URL such as "{schemes[-1]}://example.com"'

    def check(value: object) -> str:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise unfit(accepted, was="")
        if SECRET_PART.search(value):
            raise unfit(f"{accepted} without a key in it: name its variable instead", was="")
        return value

    return BeforeValidator(check)


def names(accepted: str) -> Callable[[object], object]:
    """A list of names without spaces or commas, each once; ``accepted`` describes it."""
    form = re.compile(r"[^\s,]{1,64}")

    def check(value: object) -> object:
        if isinstance(value, list | tuple) and value:
            fit = (isinstance(one, str) and form.fullmatch(one) for one in value)
            if all(fit) and len(set(value)) == len(value):
                return tuple(value)
        raise unfit(f"must be a list of {accepted}, each once")

    return check


def moment(value: object, others: str = "") -> datetime:
    """A time with its offset; ``others`` says what else is accepted."""
    try:
        parsed = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        parsed = None
    if parsed is not None and parsed.tzinfo is not None:
        return parsed
    raise unfit(f'must be {others}a time with its offset such as "2026-01-22T10:30:00+05:30"')


def _path(value: object) -> Path:
    if isinstance(value, Path):
        return value
    if isinstance(value, str) and value.strip() and "\0" not in value:
        return Path(value)
    raise unfit("must be the path of a file or folder")


def _data_file(value: object) -> object:
    if isinstance(value, str | Path) and not str(value).endswith(SUFFIXES):
        raise unfit(f"must end in {', '.join(SUFFIXES)}")
    return value


SUFFIXES = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet")
DECIMAL = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")  # money: at most micros
SECRET_PART = re.compile(r"(?i)(?:key|token|secret|password|passwd)=")
Topic = Annotated[
    str, matching(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}", "a topic: letters, digits, . _ or -")
]
Share = Annotated[float, real(0, 1, kind="a fraction", hint=" (0.10 is 10 %)")]
Identifier = Annotated[str, matching(r"[A-Za-z0-9_.-]{1,64}", "1 to 64 letters, digits, _ . or -")]
Currency = Annotated[str, matching(r"[A-Z]{3,5}", 'a currency code such as "INR"')]
Location = Annotated[Path, BeforeValidator(_path)]
DataFile = Annotated[Location, BeforeValidator(_data_file)]
Listed = Field(strict=False)  # YAML has lists, frozen settings have tuples
