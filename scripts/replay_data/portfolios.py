"""Five portfolios of different character, sized by their weights at the open."""

from collections.abc import Iterator
from dataclasses import dataclass

from scripts.replay_data.draws import Draws
from scripts.replay_data.history import DAYS, closes
from scripts.replay_data.instruments import INDEX, SYMBOLS
from scripts.replay_data.prices import TICKS_PER_RUPEE, opening_levels
from scripts.replay_data.sessions import SESSION_DAY, days_before, midnight_us
from scripts.replay_data.trades import rupees

CLOSES_US = (15 * 60 + 30) * 60_000_000
FEE = 0.0012  # of the amount: brokerage and charges


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


@dataclass(frozen=True)
class Purchase:
    """Whole shares of one symbol, bought at the close of a day of the history."""

    plan: Plan
    symbol: str
    quantity: int
    ticks: int
    day: int


def _purchases() -> Iterator[Purchase]:
    """All that the portfolios own, and when it was bought."""
    close: list[list[int]] = closes().tolist()
    levels: list[float] = opening_levels().tolist()
    for plan in PLANS:
        bought = Draws(f"holdings {plan.portfolio_id}").integers(20, DAYS - 10, len(plan.weights))
        for (symbol, weight), day in zip(plan.weights.items(), bought.tolist(), strict=True):
            place = INDEX[symbol]
            quantity = max(1, round(plan.value * weight / 100 / levels[place]))
            yield Purchase(plan, symbol, quantity, close[day][place], day)


def holdings_csv() -> bytes:
    """``holdings.csv``: one row per (portfolio, symbol)."""
    lines = ["portfolio_id,symbol,quantity,avg_cost,currency,target_weight"]
    for one in _purchases():
        target = f"{one.plan.targets[one.symbol] / 100:.3f}" if one.plan.targets else ""
        owner = f"{one.plan.portfolio_id},{one.symbol}"
        lines.append(f"{owner},{one.quantity},{rupees(one.ticks)},INR,{target}")
    return ("\n".join(lines) + "\n").encode()


def transactions_csv() -> bytes:
    """``transactions.csv``: the purchases behind the holdings, at the close of their days."""
    days = days_before(SESSION_DAY, DAYS)
    lines = ["portfolio_id,ts_event,kind,symbol,quantity,price,fee,currency"]
    for one in _purchases():
        # Prices have one more day in front than there are bars; the session closes at 15:30.
        bought = midnight_us(days[one.day - 1]) + CLOSES_US
        fee = f"{one.quantity * one.ticks / TICKS_PER_RUPEE * FEE:.2f}"
        owner = f"{one.plan.portfolio_id},{bought},buy,{one.symbol}"
        lines.append(f"{owner},{one.quantity},{rupees(one.ticks)},{fee},INR")
    return ("\n".join(lines) + "\n").encode()
