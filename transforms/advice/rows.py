"""Rows of the advice table, kept small: there is one for every finding there ever was."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import orjson

from transforms.advice.evidence import Clearing, Evidence, Trade, as_json


@dataclass(frozen=True, slots=True)
class AdviceRow:
    """A row of the advice table; see ``transforms.schemas.Advice``.

    Its lists are kept as JSON text: a tenth of the memory, and equal rows compare fast.
    """

    advice_id: str
    portfolio_id: str
    rule_id: str
    subject: str
    state: str
    severity: str
    sentence: str
    evidence_json: str
    suggestion_json: str
    clears_if_json: str
    as_of: int
    inputs_hash: str
    ruleset_hash: str
    cause: str
    disclaimer_id: str

    @property
    def evidence(self) -> list[dict[str, Any]]:
        """Every number the row rests on."""
        found: list[dict[str, Any]] = orjson.loads(self.evidence_json)
        return found

    @property
    def suggestion(self) -> list[dict[str, Any]]:
        """Trades that would bring the metric back."""
        found: list[dict[str, Any]] = orjson.loads(self.suggestion_json)
        return found

    @property
    def clears_if(self) -> list[dict[str, Any]]:
        """Ways to clear; any of them is enough."""
        found: list[dict[str, Any]] = orjson.loads(self.clears_if_json)
        return found

    def columns(self) -> dict[str, Any]:
        """The row as the table has it."""
        names = (field.name.removesuffix("_json") for field in fields(self))
        return {name: getattr(self, name) for name in names}


def json_list(items: Sequence[Evidence | Trade | Clearing]) -> str:
    """Items as they stand in a row.

    Text, because the bytes orjson gives keep the room they were written in: several times as much.
    """
    return orjson.dumps([as_json(item) for item in items]).decode()


def joined(first: str, second: str) -> str:
    """Two JSON lists as one."""
    if first == "[]" or second == "[]":
        return second if first == "[]" else first
    return f"{first[:-1]},{second[1:]}"
