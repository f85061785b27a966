"""What happens on the synthetic day, as data, and which advice it is meant to call up.

Minutes are counted from the open at 09:15. How prices follow is in shapes.py.
"""

from dataclasses import dataclass

FLAT = "TATACONSUM"  # one price all day, a trade every 8 to 15 minutes
HALTED = "LT"
HALT_FROM, HALT_TO = 65, 85  # 10:20 to 10:40: no trade at all


@dataclass(frozen=True)
class Expected:
    """The advice an event is meant to call up. Minutes are closes of one-minute bars.

    Attributes:
        portfolio: where it is meant to be seen.
        rule: which rule gives it.
        subject: a symbol, a sector, or '' for the portfolio as a whole.
        opens: first and last minute at which it may open.
        clears: the same for when it is gone again; None: it stays to the close.
    """

    portfolio: str
    rule: str
    subject: str
    opens: tuple[int, int]
    clears: tuple[int, int] | None


@dataclass(frozen=True)
class Event:
    """One planted event.

    Attributes:
        kind: a key of ``NOTES``.
        symbol: whose trades carry it; '' for the whole market.
        start: first minute.
        end: the minute it is over.
        expected: the advice meant to answer; None when none is.
    """

    kind: str
    symbol: str
    start: int
    end: int
    expected: Expected | None = None


NOTES = {
    "opening_burst": "trading is three times as dense as at noon, or denser",
    "closing_burst": "trading is three times as dense as at noon, or denser",
    "weight_swing": "its weight rises above 10 % and falls below 9 %",
    "weight_rise": "its weight rises above 10 % and stays",
    "weight_alert": "its weight rises above 25 %: from warn to alert",
    "sector_swing": "its sector rises above 30 % and falls below 27 %",
    "sector_rise": "its sector rises above 30 % and stays",
    "concentration": "its rally lifts the HHI above 0.18",
    "burst_up": "RSI above 70 and %B above 1",
    "burst_down": "RSI below 30 and %B below 0",
    "trailing_stop": "falls through its trailing stop, later recovers",
    "halt": "no trade: advice that uses the price is withheld, then resumed",
    "abnormal_move": "one minute moves by six robust standard deviations or more, then recovers",
    "trend_break": "falls steadily below EMA 200 with ADX above 25, later recovers",
    "flat": "one price all day: RSI 50, degenerate, no rule fires",
}
_GROWTH, _BALANCED, _INCOME, _BANKS = (
    f"demo-{name}" for name in ("growth", "balanced", "income", "bank-heavy")
)
_SHOPS, _FINANCE = "Consumer Services", "Financial Services"
# S01 waits for four stable digits of RSI 14: the 140th bar, 11:35. S05 waits for the 62nd bar,
# S03 for the 23rd, S02 for the 200th.
EVENTS = (
    Event("opening_burst", "", 0, 5),
    Event("closing_burst", "", 365, 375),
    Event("weight_swing", "TRENT", 6, 80, Expected(_GROWTH, "P01", "TRENT", (14, 28), (64, 84))),
    Event("sector_swing", "ETERNAL", 9, 84, Expected(_GROWTH, "P04", _SHOPS, (16, 34), (64, 88))),
    Event("concentration", "INFY", 21, 60, Expected(_GROWTH, "P03", "", (20, 50), None)),
    Event("sector_rise", "SBIN", 24, 70, Expected(_BALANCED, "P04", _FINANCE, (30, 70), None)),
    Event(
        "trailing_stop",
        "BHARTIARTL",
        27,
        31,
        Expected(_GROWTH, "S03", "BHARTIARTL", (28, 32), (33, 56)),
    ),
    Event("weight_alert", "HDFCBANK", 30, 75, Expected(_BANKS, "P01", "HDFCBANK", (34, 75), None)),
    Event("weight_rise", "ITC", 30, 75, Expected(_INCOME, "P01", "ITC", (40, 80), None)),
    Event(
        "trailing_stop",
        "ASIANPAINT",
        44,
        48,
        Expected(_GROWTH, "S03", "ASIANPAINT", (45, 49), (50, 72)),
    ),
    Event(
        "trailing_stop",
        "RELIANCE",
        50,
        54,
        Expected(_BALANCED, "S03", "RELIANCE", (50, 55), (54, 80)),
    ),
    Event("trailing_stop", "LT", 59, 65, Expected(_BALANCED, "S03", "LT", (60, 66), (85, 105))),
    Event(
        "halt", HALTED, HALT_FROM, HALT_TO, Expected(_BALANCED, "D01", HALTED, (66, 80), (85, 90))
    ),
    Event("trailing_stop", "TITAN", 75, 79, Expected(_GROWTH, "S03", "TITAN", (76, 80), (82, 105))),
    Event(
        "abnormal_move", "MARUTI", 80, 81, Expected(_GROWTH, "S05", "MARUTI", (81, 82), (82, 86))
    ),
    Event(
        "trailing_stop",
        "SUNPHARMA",
        101,
        107,
        Expected(_BALANCED, "S03", "SUNPHARMA", (102, 108), (109, 130)),
    ),
    Event("burst_up", "INFY", 150, 156, Expected(_GROWTH, "S01", "INFY", (151, 157), (155, 175))),
    Event(
        "burst_up",
        "HINDUNILVR",
        160,
        168,
        Expected(_INCOME, "S01", "HINDUNILVR", (161, 169), (166, 186)),
    ),
    Event("burst_down", "TCS", 195, 201, Expected(_GROWTH, "S01", "TCS", (195, 203), (200, 218))),
    Event(
        "burst_down",
        "SUNPHARMA",
        205,
        211,
        Expected(_BALANCED, "S01", "SUNPHARMA", (206, 212), (210, 228)),
    ),
    Event(
        "trend_break",
        "AXISBANK",
        222,
        268,
        Expected(_BANKS, "S02", "AXISBANK", (222, 268), (286, 330)),
    ),
    Event(
        "abnormal_move",
        "BHARTIARTL",
        255,
        256,
        Expected(_GROWTH, "S05", "BHARTIARTL", (256, 257), (257, 262)),
    ),
    Event(
        "trailing_stop",
        "ASIANPAINT",
        300,
        305,
        Expected(_GROWTH, "S03", "ASIANPAINT", (300, 306), (305, 335)),
    ),
    Event("flat", FLAT, 0, 375),
)
