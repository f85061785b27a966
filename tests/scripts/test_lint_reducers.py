"""The lint that keeps reducers which lose updates out of the tables."""

import pytest

from scripts.lint_reducers import faults, integer_columns

SCHEMAS = """
class A:
    quantity: float
    count: int = column_definition(description="how many")
class B:
    quantity: int
    turnover_micros: int
"""
INTEGERS = integer_columns(SCHEMAS)


def lines(source: str) -> list[int]:
    return [line for line, _ in faults(source, INTEGERS)]


def test_a_name_is_an_integer_only_where_every_schema_says_so() -> None:
    assert sorted(INTEGERS) == ["count", "turnover_micros"]


@pytest.mark.parametrize(
    "source",
    [
        "t.reduce(n=pw.reducers.sum(t.price, strict=True))",
        "t.reduce(n=pw.reducers.sum(t.count))",
        "t.reduce(n=pw.reducers.sum(pw.this['count']))",
        "t.reduce(n=pw.reducers.sum(t.count * 2 - t.turnover_micros))",
        "t.reduce(n=pw.reducers.sum(pw.cast(int, t.price)))",
        "t.reduce(n=reducers.sum(1), m=pw.reducers.max(t.price))",
        "sum(prices)",
    ],
)
def test_integers_and_strict_sums_pass(source: str) -> None:
    assert lines(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "t.reduce(n=pw.reducers.sum(t.price))",
        "t.reduce(n=pw.reducers.sum(t.quantity))",
        "t.reduce(n=pw.reducers.sum(t.price, strict=False))",
        "t.reduce(n=pw.reducers.sum(t.count / 2))",
        "t.reduce(n=pw.reducers.sum(1.0))",
        "t.reduce(n=pathway.reducers.sum(t.price))",
        "t.reduce(n=pw.reducers.avg(t.count))",
        "total = pw.reducers.sum",
        "from pathway.reducers import count",
    ],
)
def test_what_may_lose_updates_is_a_fault(source: str) -> None:
    assert lines(source) == [1]
