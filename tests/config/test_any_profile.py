from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.documents import packaged, project_root, read_document
from config.settings import ConfigError, Settings, build_settings

DEMO = packaged("demo.yaml")
WHOLE = {
    **read_document(DEMO),
    "meters": read_document(packaged("meters.yaml")),
}
LIVE: dict[str, Any] = {
    "data_sources": [
        *read_document(DEMO.parent / "live.yaml")["data_sources"],
        *(
            source
            for name in ("kafka", "websocket_finnhub", "redis", "postgres", "polled", "backfill")
            for source in read_document(DEMO.parent / "examples" / f"{name}.yaml")["data_sources"]
            if "path" not in source and source.get("kafka", {}).get("topic") != "market.trades"
        ),
    ],
    "sinks": {
        name: read_document(DEMO.parent / "examples" / f"{name}.yaml")["sinks"][name]
        for name in ("kafka", "redis", "postgres")
    },
    "providers": read_document(DEMO.parent / "examples" / "polled.yaml")["providers"],
}
WHOLE["advice"] = {"interval": "1m", "policy": read_document(packaged("advice_policy.yaml"))}


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in inner:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


ROOT = project_root(DEMO)
PLACES = {id(whole): list(places(whole)) for whole in (WHOLE, LIVE)}
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=4,
)


def test_what_is_changed_below_is_sound() -> None:
    for whole in (WHOLE, LIVE):
        assert build_settings(whole, root=ROOT, label="p.yaml", env={}, unset="noted").data_sources


@given(st.data(), values, st.booleans(), st.sampled_from([WHOLE, LIVE]))
def test_whatever_stands_in_a_profile_it_loads_or_is_refused_in_one_line(
    data: st.DataObject, value: Any, beside: bool, whole: dict[str, Any]
) -> None:
    place = data.draw(st.sampled_from(PLACES[id(whole)]))
    document = deepcopy(whole)
    node: Any = document
    for key in place[:-1]:
        node = node[key]
    if beside and isinstance(node, dict):
        node["another"] = value
    else:
        node[place[-1]] = value
    try:
        settings = build_settings(document, root=ROOT, label="p.yaml", env={}, unset="noted")
    except ConfigError as error:
        line = str(error)
        if "\n" in line or not line.startswith("p.yaml: ") or len(line) > 1000:
            pytest.fail(f"not a line about a key: {line}")
    else:
        assert isinstance(settings, Settings)
