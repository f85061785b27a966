import pytest

from serving.distance import Now, distances
from serving.valuation import value_portfolio
from tests.serving.fakes import NOON, FakeViews, advice_row, bar_row, position_row, quote_row


def now(views: FakeViews) -> Now:
    positions = [
        position_row("A", 6, 100.0),
        position_row("B", 3, 100.0, sector="Banks"),
        position_row("C", 1, 100.0, sector=""),
    ]
    return Now(value_portfolio(positions, views["quotes"], "INR"), views["indicators"], "1m")


def level(metric: str, value: float) -> list[object]:
    return [{"name": metric, "value": 9.9}, {"name": f"{metric}_clear_level", "value": value}]


def way(name: str, operator: str, value: object) -> list[object]:
    return [{"what": "indicator", "name": name, "operator": operator, "value": value}]


@pytest.mark.parametrize(
    ("metric", "subject", "value"),
    [
        ("position_weight", "A", 0.6),
        ("sector_weight", "Banks", 0.3),
        ("unknown_sector_weight", "", 0.1),
        ("top5_weight", "", 1.0),
        ("hhi", "", 0.46),
    ],
)
def test_a_limit_on_weights_is_followed(metric: str, subject: str, value: float) -> None:
    row = advice_row("a", subject=subject, evidence=level(metric, 0.05))
    [found] = distances(row, now(FakeViews()))
    assert found["metric"] == metric
    assert found["value"] == pytest.approx(value)
    assert found["distance"] == pytest.approx(value - 0.05)
    assert found["reached"] is False


def test_a_condition_on_the_price_is_followed_by_quotes() -> None:
    views = FakeViews()
    views.put("quotes", quote_row("A", 90.0))
    row = advice_row("a", subject="A", evidence=[], clears_if=way("close", ">=", 95.5))
    assert distances(row, now(views)) == [
        {
            "metric": "close",
            "value": 90.0,
            "operator": ">=",
            "threshold": 95.5,
            "distance": 5.5,
            "reached": False,
            "as_of": NOON,
        }
    ]


def test_a_condition_on_an_indicator_is_followed_by_the_forming_bar() -> None:
    views = FakeViews()
    views.put("indicators", bar_row("A", 1, rsi_14=80.0), bar_row("A", 0, rsi_14=62.0))
    row = advice_row("a", subject="A", evidence=[], clears_if=way("rsi_14", "<=", 63.0))
    [found] = distances(row, now(views))
    assert (found["value"], found["distance"], found["reached"]) == (62.0, 0.0, True)


@pytest.mark.parametrize(
    ("operator", "reached"), [("<=", True), (">=", True), ("<", False), (">", False)]
)
def test_on_the_level_itself_only_an_inclusive_condition_holds(
    operator: str, reached: bool
) -> None:
    row = advice_row("a", subject="A", evidence=[], clears_if=way("close", operator, 100.0))
    [found] = distances(row, now(FakeViews()))
    assert (found["distance"], found["reached"]) == (0.0, reached)


@pytest.mark.parametrize(
    "clears_if",
    [
        None,
        "soon",
        [],
        ["soon"],
        way("close", "==", 1.0),
        way("close", "<=", None),
        way("close", "<=", "low"),
        way("value of the sector", "<=", 5.0),
        way("rsi_14", "<=", 50.0),
    ],
)
def test_what_cannot_be_told_from_views_has_no_entry(clears_if: object) -> None:
    row = advice_row("a", subject="A", evidence=None, clears_if=clears_if)
    assert distances(row, now(FakeViews())) == []


def test_a_symbol_that_is_no_longer_held_has_no_entry() -> None:
    row = advice_row("a", subject="Z", evidence=level("position_weight", 0.1))
    assert distances(row, now(FakeViews())) == []
