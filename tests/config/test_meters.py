from collections.abc import Callable
from pathlib import Path

import pytest

from config.settings import Settings, packaged

Load = Callable[..., Settings]
Refuse = Callable[..., str]
SHIPPED = packaged("meters.yaml").read_text(encoding="utf-8")


def test_prices_are_integer_micros(load: Load) -> None:
    meters = load().meters
    assert (meters.price_version, meters.currency) == ("2026-11-01", "INR")
    assert {name: meter.price_micros for name, meter in meters.meters.items()} == {
        "portfolio_analysis": 5_000_000,
        "advice_generation": 2_000_000,
        "ai_insight": None,
    }


def test_a_price_of_six_decimals_is_exact(load: Load, project: Path) -> None:
    (project / "m.yaml").write_text(SHIPPED.replace('"5.00"', '"0.000001"'))
    assert load("meters: m.yaml").meters.meters["portfolio_analysis"].price_micros == 1


PRICE = 'must be per_plan or a price in quotes such as "5.00" (at most 6 decimals)'


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('"5.00"', "5.00", f"meters.portfolio_analysis.price: {PRICE}, was 5.0"),
        ('"5.00"', '"-5.00"', f'meters.portfolio_analysis.price: {PRICE}, was "-5.00"'),
        ('"5.00"', '"0.0000001"', f'meters.portfolio_analysis.price: {PRICE}, was "0.0000001"'),
        (
            "  ai_insight:",
            "  ai_insigth:",
            "meters.ai_insigth: unknown meter, did you mean ai_insight?",
        ),
        (
            "  ai_insight:",
            "  ai_insight:\n    cost: 1",
            "meters.ai_insight.cost: unknown key, known: description, price",
        ),
        (
            "currency: INR",
            "currency: Rs",
            'currency: must be a currency code such as "INR", was "Rs"',
        ),
        (
            "currency: INR",
            "curency: INR",
            "curency: unknown key, did you mean currency?",
        ),
    ],
)
def test_a_refused_price_list_names_its_own_file(
    refuse: Refuse, project: Path, old: str, new: str, line: str
) -> None:
    (project / "config" / "mine.yaml").write_text(SHIPPED.replace(old, new))
    assert refuse("meters: config/mine.yaml").startswith(f"config/mine.yaml: {line}")


def test_all_meters_must_be_listed(refuse: Refuse, project: Path) -> None:
    (project / "m.yaml").write_text(SHIPPED[: SHIPPED.index("  ai_insight")])
    assert refuse("meters: m.yaml") == "m.yaml: meters.ai_insight: is required"
