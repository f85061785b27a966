from collections.abc import Callable
from typing import Any

from transforms.advice.evidence import Evidence
from transforms.advice.rows import joined, json_list
from transforms.schemas import Advice


def test_lists_join_as_json() -> None:
    one, two = json_list([Evidence("a", 1, "count")]), json_list([Evidence("b", 2.5, "ratio")])
    assert joined("[]", one) == joined(one, "[]") == one
    assert joined(one, two).count('"name"') == 2


def test_a_row_has_the_columns_of_the_table(world: Callable[..., Any]) -> None:
    row = world().hold(A=1.0).close(1, "A").one("P01")
    assert list(row.columns()) == list(Advice.column_names())
    assert row.columns()["evidence"][0]["name"] == "position_weight"
