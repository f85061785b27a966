"""Whatever a provider sends, a parser gives observations or says what is wrong."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.providers.registry import PROVIDERS, provider
from connectors.providers.spec import Context, Following, ProviderError, Request
from tests.connectors.providers.wire import RECEIVED

ODD = [None, "", "x", -1, 0, 1e300, 1 << 63, True, [], {}, [[]], "2026-13-99", [None, 1]]


def damaged(body: bytes, rng: random.Random) -> Iterator[bytes]:
    """The body cut, with bytes changed, and with values of other types in it."""
    yield body[: rng.randrange(len(body))]
    at = rng.randrange(len(body))
    yield body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :]
    try:
        document = json.loads(body)
    except ValueError:
        return
    for _ in range(6):
        yield json.dumps(changed(document, rng)).encode()


def changed(node: Any, rng: random.Random) -> Any:
    """A copy with one value somewhere replaced or left out."""
    if not node or not isinstance(node, dict | list) or rng.random() < 0.15:
        return rng.choice(ODD)
    copy = node.copy()
    key = rng.choice(list(copy)) if isinstance(copy, dict) else rng.randrange(len(copy))
    if rng.random() < 0.2:
        del copy[key]
    else:
        copy[key] = changed(copy[key], rng)
    return copy


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_damaged_answer_never_crashes_a_parser(shared: Path, name: str) -> None:
    rng, adapter, outcomes = random.Random(name), provider(name), {"read": 0, "refused": 0}
    folder = "coingecko" if name == "coingecko_pro" else name
    for file in sorted((shared / "wire" / folder).glob("rest_*")):
        body = file.read_bytes()
        for _ in range(15):
            for bad in damaged(body, rng):
                outcomes[one_answer(adapter, bad, rng)] += 1
    if name != "iex_cloud":
        assert min(outcomes.values()) > 0


def one_answer(adapter: Any, body: bytes, rng: random.Random) -> str:
    capability = rng.choice(adapter.spec.capabilities)
    params = {"function": "TIME_SERIES_DAILY"}
    symbols = rng.choice([("AAPL",), ("AAPL", "BTC"), ("bitcoin",)])
    context = Context(Request("/", params, symbols, interval=60_000_000), RECEIVED)
    try:
        found = adapter.parse(capability, body, rng.choice([200, 200, 200, 429, 500]), {}, context)
    except ProviderError as error:
        return "refused" if str(error).isprintable() else "unprintable"
    for one in found:
        assert isinstance(one.symbol, str)
        assert isinstance(one.ts_event, int)
        assert abs(one.ts_event) < 1 << 63
    return "read"


def test_only_some_providers_have_further_requests() -> None:
    following = {name for name in PROVIDERS if isinstance(provider(name), Following)}
    assert following == {"binance", "massive", "nasdaq_data_link", "sec_edgar"}
