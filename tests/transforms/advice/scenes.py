"""A scene for each rule in which it opens, as data that a test can change."""

from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from transforms.advice.policy import DEFAULT_RISK
from transforms.portfolio.instruments import InstrumentFacts
from transforms.portfolio.risk_options import RiskOptions

CLEARING = {"clear_factor": 0.9, "clear_after_bars": 2}
MORE: dict[str, dict[str, Any]] = {  # beside the rules that the tests of the book know
    "P05": {"severity": "warn", "min_equity": 0.6, "max_equity": 0.8, **CLEARING},
    "P06": {"severity": "warn", "points": 0.05, "part": 0.25, **CLEARING},
    "P07": {"warn": 0.50, "alert": 0.70, **CLEARING},
    "P08": {"warn": 0.35, "alert": 0.60, **CLEARING},
    "P15": {"warn": 5.0, "alert": 20.0, **CLEARING},
    "P16": {"warn": 0.01, "alert": 0.05, **CLEARING},
    "P17": {"severity": "warn", "min_cash": 0.05, "emergency_fund": 300.0, **CLEARING},
    "S04": {"severity": "info", "min_squeeze_bars": 6, "required_bars": 26, **CLEARING},
    "S06": {
        **{"severity": "info", "ratio_over": 3, "required_sessions": 20, "required_bars": 1},
        **CLEARING,
    },
    "D02": {
        **{"severity": "alert", "difference_over": 0.005},
        "withhold_when_conflict_weight_over": 0.0,
    },
}
EQUITY, MONEY = InstrumentFacts("S", "INR", 1, "equity"), InstrumentFacts("", "INR", 1, "cash")
BOND, SMALL = replace(EQUITY, asset_class="bond"), replace(EQUITY, market_cap=5.0)
OWN = "INR"


@dataclass
class Scene:
    """One portfolio ``p`` and its market.

    Attributes:
        opens: (rule, subject) that is open after the first bar, and no other row of the rule.
        lines: quantity by symbol. facts: of instruments. bars: what differs from a quiet bar.
        targets: weight by symbol. currencies: of lines. rates: to INR by currency.
        capacity: units that can be sold in a day, by symbol. fees: share of fees.
        own: parameters that differ, by rule.
        silent: symbols that close no bar after the seventh.
        measure: word that tells rows of two rules with one id apart.
        closes: of sessions that are over, by symbol; with them risk is assessed as it is.
        later: of sessions that end before the next bar.
        numbers: of the risk report, where it is only said what it is.
        risk: options of the report.
    """

    opens: tuple[str, str]
    lines: dict[str, float]
    facts: dict[str, InstrumentFacts] = field(default_factory=dict)
    bars: dict[str, dict[str, float]] = field(default_factory=dict)
    targets: dict[str, float] = field(default_factory=dict)
    currencies: dict[str, str] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    capacity: dict[str, float] = field(default_factory=dict)
    fees: float = float("nan")
    own: dict[str, dict[str, Any]] = field(default_factory=dict)
    silent: tuple[str, ...] = ()
    measure: str = ""
    closes: dict[str, list[float]] = field(default_factory=dict)
    later: dict[str, list[float]] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    risk: RiskOptions = DEFAULT_RISK

    def is_cash(self, symbol: str) -> bool:
        return self.facts.get(symbol, EQUITY).asset_class == "cash"

    def price(self, symbol: str) -> float:
        return 1.0 if self.is_cash(symbol) else self.bars.get(symbol, {}).get("close", 100.0)

    def rate(self, symbol: str) -> float:
        return self.rates.get(self.currencies.get(symbol, OWN), 1.0)

    def value(self, symbol: str) -> float:
        return abs(self.lines.get(symbol, 0.0)) * self.price(symbol) * self.rate(symbol)

    @property
    def gross(self) -> float:
        return sum(self.value(symbol) for symbol in self.lines)

    def weight(self, symbol: str) -> float:
        return self.value(symbol) / self.gross

    def scale(self, members: set[str], total: float) -> None:
        """Change quantities so that ``members`` are worth ``total`` together."""
        before = sum(self.value(symbol) for symbol in members)
        for symbol in members:
            if before:
                self.lines[symbol] *= total / before
            else:
                self.lines[symbol] = total / len(members) / self.price(symbol) / self.rate(symbol)

    def document(self) -> bytes:
        return orjson.dumps(
            [
                {
                    "symbol": symbol,
                    "quantity": self.lines.get(symbol, 0.0),
                    "target_weight": self.targets.get(symbol),
                    "currency": self.currencies.get(symbol),
                }
                for symbol in dict.fromkeys([*self.lines, *self.targets])
            ]
        )


MANY = {"A": 90.0, "B": 50.0, "C": 30.0, "D": 12.0, "E": 11.0, "F": 10.0, "G": 9.0, "H": 8.0}
TEN = {f"X{number}": 10.0 for number in range(10)}
BROKEN = {"close": 80.0, "ema_200": 90.0, "adx_14": 30.0, "plus_di_14": 10.0, "minus_di_14": 25.0}
LARGE = {f"I{number}": replace(EQUITY, market_cap=1e12 - number) for number in range(250)}
MIXED = {"A": EQUITY, "B": EQUITY, "BOND": BOND}
TARGETS = {"A": 0.4, "B": 0.4, "C": 0.1}


def _market(rule: str, bars: dict[str, float]) -> Scene:
    return Scene((rule, "2X"), {"2X": 3.0, "B": 30.0}, bars={"2X": bars})


SCENES: dict[str, Scene] = {
    "P01": Scene(("P01", "A2"), {"A2": 13.0, **TEN}),
    "P02": Scene(("P02", ""), {**MANY, "K": 9.5, "L": 9.5, "M": 9.5}),
    "P03": Scene(("P03", ""), MANY),
    "P03, too few": Scene(("P03", ""), {"A": 1.0, "B": 1.0, "C": 2.0}),
    "P03 with cash": Scene(("P03", ""), {**MANY, "INR": 500.0}, {"INR": MONEY}),
    "P04": Scene(
        ("P04", "Bank 7"),
        {"A": 20.0, "B": 12.0, "D": 20.0, "E": 22.0, "F": 15.0},
        {
            **{name: replace(EQUITY, sector="Bank 7") for name in "AB"},
            **{name: replace(EQUITY, sector=f"Sector {name}") for name in "DEF"},
        },
    ),
    "P04, unknown": Scene(
        ("P04", ""),
        {"A": 20.0, **TEN},
        {name: replace(EQUITY, sector=f"Sector {name}") for name in TEN},
        measure="unknown_sector_weight",
    ),
    "P05, above": Scene(("P05", "equity"), {"A": 50.0, "B": 40.0, "BOND": 10.0}, MIXED),
    "P05, below": Scene(("P05", "equity"), {"A": 30.0, "B": 10.0, "BOND": 60.0}, MIXED),
    "P06, above": Scene(
        ("P06", "A"),
        {"A": 50.0, "B": 38.0, "C": 9.0, "INR": 300.0},
        {"INR": MONEY},
        targets=TARGETS,
    ),
    "P06, below": Scene(
        ("P06", "A"),
        {"A": 30.0, "B": 44.0, "C": 11.0, "INR": 1500.0},
        {"INR": MONEY},
        targets=TARGETS,
    ),
    "P06, by a quarter": Scene(("P06", "C"), {"A": 43.0, "B": 43.0, "C": 14.0}, targets=TARGETS),
    "P06, not owned": Scene(("P06", "C"), {"A": 54.0, "B": 54.0}, targets={"A": 0.4, "C": 0.1}),
    "P07": Scene(
        ("P07", ""),
        {"A": 10.0, "U": 9.0, "V": 3.0},
        currencies={"A": "INR", "U": "USD", "V": "EUR"},
        rates={"USD": 2.0, "EUR": 2.5},
    ),
    "P08": Scene(
        ("P08", ""),
        {"I0": 60.0, "S1": 25.0, "S2": 15.0},
        {**LARGE, "S1": SMALL, "S2": replace(SMALL, market_cap=4.0)},
    ),
    "P15": Scene(("P15", "A"), {"A": 31.0, "B": 10.0}, capacity={"A": 4.0, "B": 100.0}),
    "P16": Scene(("P16", ""), {"A": 1.0}, fees=0.0123),
    "P17": Scene(("P17", ""), {"A": 97.0, "INR": 310.0}, {"INR": MONEY}, measure="cash_weight"),
    "P17, fund": Scene(
        ("P17", ""), {"A": 20.0, "INR": 250.0}, {"INR": MONEY}, measure="cash_value"
    ),
    "S01, overbought": _market("S01", {"rsi_14": 75.123, "bb_percent_b": 1.234}),
    "S01, oversold": _market("S01", {"rsi_14": 12.345, "bb_percent_b": -0.04}),
    "S02": _market("S02", BROKEN),
    "S03": _market("S03", {"close": 93.9, "highest_close_22": 100.0, "atr_22": 2.0}),
    "S04, up": _market("S04", {"squeeze_bars": 7.0, "close": 104.5, "bb_upper_20_2": 103.25}),
    "S04, down": _market("S04", {"squeeze_bars": 6.0, "close": 95.5, "bb_lower_20_2": 97.25}),
    "S05, unusual": _market("S05", {"robust_z_250": -4.56}),
    "S05, anomaly": _market("S05", {"robust_z_250": 7.0}),
    "S06": _market("S06", {"rvol_20": 3.25}),
    "D01": Scene(("D01", "A"), {"A": 1.0, "B": 30.0}, silent=("A",)),
    "D01, gap": Scene(
        ("D01", "A"), {"A": 1.0, "B": 30.0}, bars={"A": {"gap": 0.25}}, measure="gap_share"
    ),
    "D02": Scene(("D02", "A"), {"A": 1.0, "B": 30.0}, bars={"A": {"other_close": 101.0}}),
}
