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
WHOLE["advice"] = {"interval": "1m", "policy": read_document(packaged("advice_policy.yaml"))}


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in inner:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=4,
)


@given(st.sampled_from(list(places(WHOLE))), values, st.booleans())
def test_whatever_stands_in_a_profile_it_loads_or_is_refused_in_one_line(
    place: tuple[Any, ...], value: Any, beside: bool
) -> None:
    document = deepcopy(WHOLE)
    node: Any = document
    for key in place[:-1]:
        node = node[key]
    if beside and isinstance(node, dict):
        node["another"] = value
    else:
        node[place[-1]] = value
    try:
        settings = build_settings(document, root=project_root(DEMO), label="p.yaml", env={})
    except ConfigError as error:
        line = str(error)
        if "\n" in line or not line.startswith("p.yaml: ") or len(line) > 1000:
            pytest.fail(f"not a line about a key: {line}")
    else:
        assert isinstance(settings, Settings)
