"""Files of ../shared/wire through a provider's parser: what each of them has to come to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from connectors.providers.adapter import Adapter
from connectors.providers.observations import Observation
from connectors.providers.spec import Capability, Context, ProviderError, Request, Retryable

RECEIVED = 1_795_000_000_000_000  # 2026-11-18 11:06:40 UTC, when every answer has come
DAY = 86_400_000_000
MINUTE = 60_000_000


@dataclass(frozen=True)
class Asked:
    """The question that a file answers."""

    capability: Capability
    symbols: tuple[str, ...] = ()
    path: str = "/"
    params: Mapping[str, str] = field(default_factory=dict)
    interval: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Gives:
    """Observations: how many, the first, and the last when there are several.

    A mapping stands for an observation of which only these attributes are looked at.
    """

    asked: Asked
    count: int
    first: Observation | Mapping[str, object] | None = None
    last: Observation | Mapping[str, object] | None = None


@dataclass(frozen=True)
class Fails:
    """An error of exactly this type."""

    asked: Asked
    error: type[ProviderError]
    says: str
    after: float | None = None


Expected = Mapping[str, Gives | Fails]


def check(adapter: Adapter, shared: Path, file: str, expected: Gives | Fails) -> None:
    """Parse ``file``, a path below wire/, with the HTTP status that the index gives."""
    status = {row["file"]: row["http_status"] or 200 for row in _index(shared)}[file]
    body = (shared / "wire" / file).read_bytes()
    if isinstance(expected, Fails):
        with pytest.raises(expected.error, match=expected.says) as caught:
            parse(adapter, expected.asked, body, status)
        assert type(caught.value) is expected.error
        if isinstance(caught.value, Retryable):
            assert caught.value.after == expected.after
        return
    found = parse(adapter, expected.asked, body, status)
    assert len(found) == expected.count
    assert _as(expected.first, found[:1]) == found[:1]
    assert _as(expected.last, found[1:][-1:]) == found[1:][-1:]


def parse(adapter: Adapter, asked: Asked, body: bytes, status: int = 200) -> list[Observation]:
    """Parse an answer to ``asked``."""
    request = Request(asked.path, asked.params, asked.symbols, interval=asked.interval)
    context = Context(request, RECEIVED)
    return adapter.parse(asked.capability, body, status, asked.headers, context)


def at(text: str) -> int:
    """A time with its zone, in microseconds since the epoch."""
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


def files(shared: Path, provider: str) -> set[str]:
    """Files of the index that hold answers over HTTP."""
    names = {row["file"] for row in _index(shared)}
    return {name for name in names if name.startswith(f"{provider}/") and "/ws_" not in name}


def _as(
    expected: Observation | Mapping[str, object] | None, found: list[Observation]
) -> list[Observation]:
    if isinstance(expected, Mapping):
        return [replace(one, **expected) for one in found]
    return [expected] if expected else []


def _index(shared: Path) -> list[dict[str, str]]:
    return json.loads((shared / "wire" / "INDEX.json").read_text())
