"""Why a setting is refused, in one line that names the file, the key and the accepted form."""

import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple, cast, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

SECRET_KEYS = frozenset({"key", "key_env", "secret_env", "keys", "secrets"})  # values: never shown
KEY = re.compile(r"yf_live_[0-9A-Za-z_]*")  # pasted into the wrong place
SHOWN_CHARACTERS = 60
TEXTS = {
    "missing": "is required",
    "bool_type": "must be true or false",
    "string_type": "must be text in quotes",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping of keys",
    "model_type": "must be a mapping of keys",
    "model_attributes_type": "must be a mapping of keys",
}


class ConfigError(Exception):
    """The configuration cannot be used. The message is one line naming the key and the fix."""

    def __init__(self, message: str) -> None:  # a key or a path may hold anything
        super().__init__("".join(sign if sign.isprintable() else " " for sign in message))


class Problem(NamedTuple):
    """What is wrong with a document: the dotted key (empty: the whole of it) and the text."""

    key: str
    text: str

    def under(self, label: str) -> str:
        """The line to print; ``label`` is the file the key stands in."""
        return ": ".join(part for part in (label, self.key, self.text) if part)


def unfit(text: str, *, key: str = "", was: str | None = None) -> PydanticCustomError:
    """The error a validator raises.

    Args:
        text: what is accepted, e.g. ``must be a number from 0 to 1``.
        key: the key below the model, for a check that compares several keys.
        was: what was found; by default the offending value, an empty text leaves it out.
    """
    return PydanticCustomError("setting", "{text}", {"text": text, "key": key, "was": was})


def unknown_name(name: str, known: Collection[str], *, kind: str = "key", listed: str = "") -> str:
    """The text for a name that does not exist: the closest one that does, else all of them.

    Args:
        name: as it was given.
        known: what it may be.
        kind: of name.
        listed: where all are listed, for more of them than a line can hold.
    """
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    every = listed or f"known: {', '.join(sorted(known))}"
    return f"unknown {kind}, " + (f"did you mean {close[0]}?" if close else every)


def shown_value(value: object) -> str:
    """A value as it may be printed: scalars as JSON and cut short, the insides of others never."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping | BaseModel):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    text = KEY.sub("yf_live_...", json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."


def first_problem(error: ValidationError, model: type[BaseModel]) -> Problem:
    """The most useful of the errors found: a misspelt key explains the missing one beside it."""
    return _problem(min(error.errors(include_url=False), key=_urgency), model)


def _urgency(found: ErrorDetails) -> int:
    kinds = {"extra_forbidden": 0, "default_factory_not_called": 2}  # 2: follows from others
    return kinds.get(found["type"], 1)


def _problem(found: ErrorDetails, model: type[BaseModel]) -> Problem:
    loc, context = found["loc"], found.get("ctx", {})
    key = key_path(*loc, *([context["key"]] if context.get("key") else []))
    if found["type"] == "extra_forbidden":
        return Problem(key, _unknown_key(loc, model))
    text = context.get("text") or _standard_text(found)
    was = context.get("was")
    if was is None:
        hidden = found["type"] == "missing" or SECRET_KEYS.intersection(map(str, loc))
        was = "" if hidden else shown_value(found["input"])
    return Problem(key, f"{text}, was {was}" if was else text)


def _standard_text(found: ErrorDetails) -> str:
    if found["type"] == "literal_error":
        return f"must be {found['ctx']['expected']}".replace("'", "")
    return TEXTS.get(found["type"], found["msg"].replace("Input should", "must"))


def key_path(*parts: int | str) -> str:
    """``engine.intervals[2]`` from ``("engine", "intervals", 2)``."""
    named = (part for part in parts if part != "[key]")  # how pydantic marks a mapping's key itself
    joined = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in named)
    return joined.removeprefix(".")


def _unknown_key(loc: tuple[int | str, ...], model: type[BaseModel]) -> str:
    owner, name = _owner(loc, model), str(loc[-1])
    hints = cast(Mapping[str, str], getattr(owner, "hints", {}))
    if name in hints:
        return f"unknown key, {hints[name]}"
    return unknown_name(name, [field.alias or key for key, field in owner.model_fields.items()])


def _owner(loc: tuple[int | str, ...], model: type[BaseModel]) -> type[BaseModel]:
    """The model that refused the last part of ``loc``; list places and mapping keys lead on."""
    for part in loc[:-1]:
        if part in model.model_fields:
            inner = next(_models(model.model_fields[str(part)].annotation), None)
            model = inner or model
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
