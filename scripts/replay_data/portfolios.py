"""Five portfolios of different character, sized by their weights at the open."""

from dataclasses import dataclass

from scripts.replay_data.draws import Draws
from scripts.replay_data.history import DAYS, closes
from scripts.replay_data.instruments import INDEX, SYMBOLS
from scripts.replay_data.prices import opening_levels
from scripts.replay_data.trades import rupees


@dataclass(frozen=True)
class Plan:
    """One portfolio before it is turned into whole shares.

    Attributes:
        portfolio_id: its name.
        value: INR at the open, about.
        weights: per cent of the value at the open, by symbol; they sum to 100.
        targets: per cent aimed at, by symbol; empty when the owner has set none.
        character: in words, for the README.
    """

    portfolio_id: str
    value: int
    weights: dict[str, float]
    targets: dict[str, float]
    character: str


def _parse(text: str) -> dict[str, float]:
    """``"INFY 29 TCS 12.5"`` as a mapping."""
    words = text.split()
    return {symbol: float(weight) for symbol, weight in zip(words[::2], words[1::2], strict=True)}


def _halves(weights: dict[str, float]) -> dict[str, float]:
    """Targets: the weights rounded to half per cent."""
    return {symbol: round(weight * 2) / 2 for symbol, weight in weights.items()}


_GROWTH = _parse(
    "INFY 31.2 ETERNAL 18.9 TCS 11.5 TITAN 11.2 TRENT 9.5 MARUTI 7.4 BHARTIARTL 6.1 ASIANPAINT 4.2"
)
_BALANCED = _parse(
    "HDFCBANK 9.6 ICICIBANK 7.6 SBIN 7.2 BAJFINANCE 5.5 RELIANCE 8.4 LT 7.5 BHARTIARTL 7.2 TCS 6.8 "
    "SUNPHARMA 6.5 ITC 6.1 NTPC 6.0 MARUTI 6.0 ULTRACEMCO 5.5 TITAN 5.3 HINDALCO 4.8"
)
_INCOME = _parse(
    "ITC 9.85 POWERGRID 9.5 COALINDIA 9.5 NTPC 9.0 HCLTECH 8.95 ONGC 8.5 HINDUNILVR 8.5 SBIN 8.5 "
    "BAJAJ-AUTO 8.5 INFY 8.0 NESTLEIND 6.2 TATACONSUM 5.0"
)
_BANKS = _parse(
    "HDFCBANK 24.8 ICICIBANK 18.0 SBIN 12.0 AXISBANK 9.0 BAJFINANCE 8.0 KOTAKBANK 7.0 "
    "RELIANCE 8.2 INFY 6.0 ITC 4.0 SUNPHARMA 3.0"
)
_INDEX = dict.fromkeys(SYMBOLS, 2.0)

PLANS = (
    Plan("demo-growth", 4_000_000, _GROWTH, {}, "eight technology and consumer names"),
    Plan(
        "demo-balanced", 6_000_000, _BALANCED, _halves(_BALANCED), "fifteen names, twelve sectors"
    ),
    Plan("demo-income", 5_000_000, _INCOME, _halves(_INCOME), "twelve dividend payers"),
    Plan("demo-bank-heavy", 3_000_000, _BANKS, {}, "three quarters in lenders"),
    Plan("demo-index", 10_000_000, _INDEX, _INDEX, "all fifty names, about 2 % each"),
)


def _rows(plan: Plan, close: list[list[int]], levels: list[float]) -> list[str]:
    """One line per symbol: whole shares, bought at the close of some day of the history."""
    bought = Draws(f"holdings {plan.portfolio_id}").integers(20, DAYS - 10, len(plan.weights))
    lines = []
    for (symbol, weight), day in zip(plan.weights.items(), bought.tolist(), strict=True):
        quantity = max(1, round(plan.value * weight / 100 / levels[INDEX[symbol]]))
        target = f"{plan.targets[symbol] / 100:.3f}" if plan.targets else ""
        cost = rupees(close[day][INDEX[symbol]])
        lines.append(f"{plan.portfolio_id},{symbol},{quantity},{cost},INR,{target}")
    return lines


def holdings_csv() -> bytes:
    """``holdings.csv``: one row per (portfolio, symbol)."""
    close: list[list[int]] = closes().tolist()
    levels: list[float] = opening_levels().tolist()
    lines = ["portfolio_id,symbol,quantity,avg_cost,currency,target_weight"]
    for plan in PLANS:
        lines.extend(_rows(plan, close, levels))
    return ("\n".join(lines) + "\n").encode()
