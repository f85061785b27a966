"""A small market of daily bars, with one odd name, and the advice that a replay of it gives."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from pathway.internals.parse_graph import G

from pipeline.cli import main

START, DAYS = date(2023, 1, 2), 240
ODD = "ODD"  # the name that a scene is about
ORDINARY = {f"N{number}": 10.0 for number in range(5)}
MINUTE = 60_000_000
Bar = tuple[float, float, float, float, float]
Bars = dict[int, Bar]  # by number of the day


def dates() -> list[date]:
    """Weekdays from START on."""
    found = (START + timedelta(days=number) for number in range(2 * DAYS))
    return [day for day in found if day.weekday() < 5][:DAYS]


def walk(seed: int, spread: float = 0.01, volume: float = 1e6) -> Bars:
    """A price that moves a little each day round 100, and never far in one."""
    rng = np.random.default_rng(seed)
    steps = np.clip(rng.normal(0.0, spread, DAYS), -2 * spread, 2 * spread)
    closes = 100.0 * np.exp(steps.cumsum() - np.linspace(0.0, steps.sum(), DAYS))
    opens = np.concatenate(([100.0], closes[:-1]))
    high, low = np.maximum(opens, closes) * 1.004, np.minimum(opens, closes) * 0.996
    traded = volume * rng.uniform(0.8, 1.2, DAYS)
    columns = (column.tolist() for column in (opens, high, low, closes, traded))
    return dict(enumerate(zip(*columns, strict=True)))


def scaled(bars: Bars, factor: float, since: int, *, volume: bool = True) -> Bars:
    """Prices times ``factor`` from a day on, and volumes divided by it."""
    units = factor if volume else 1.0
    return {
        day: (*(side * factor for side in bar[:4]), bar[4] / units) if day >= since else bar
        for day, bar in bars.items()
    }


class Advice:
    """Final rows of one replay. Rows that have opened stay: cleared, or withheld."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def of(self, rule: str, state: str, subject: str = "") -> list[dict[str, Any]]:
        """Rows of a rule about a subject in a state."""
        wanted = (rule, state, subject)
        return [row for row in self.rows
                if (row["rule_id"], row["state"], row["subject"]) == wanted]  # fmt: skip

    def opened(self, subject: str = "", since: int = 0, until: int = DAYS) -> set[str]:
        """Rules that opened about a subject from one day to another, both included."""
        return {
            row["rule_id"]
            for row in self.rows
            if row["subject"] == subject
            and (row["evidence"] and row["state"] != "not_evaluated")
            and not row["sentence"].startswith("Withheld")
            and since <= day_of(row["as_of"]) <= until
        }

    def standing(self, state: str, subject: str = "") -> set[str]:
        """Rules with a row in a state about a subject."""
        return {row["rule_id"] for row in self.rows
                if (row["state"], row["subject"]) == (state, subject)}  # fmt: skip

    def untold(self, rule: str) -> str:
        """Why a rule could not be judged; '' where it could."""
        return " ".join(row["sentence"] for row in self.of(rule, "not_evaluated"))


def day_of(instant: int) -> int:
    """Number of the day that ended at an instant."""
    return dates().index(datetime.fromtimestamp((instant - MINUTE) / 1e6, UTC).date())


def final_rows(file: Path) -> list[dict[str, Any]]:
    """Rows whose changes sum to one."""
    rows: dict[bytes, int] = {}
    for line in file.read_bytes().splitlines():
        row = orjson.loads(line)
        diff = row.pop("diff")
        del row["time"]
        text = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
        rows[text] = rows.get(text, 0) + diff
    assert set(rows.values()) <= {0, 1}
    return [orjson.loads(text) for text, count in rows.items() if count]


def replay_market(folder: Path, odd: Bars, units: float = 10.0, actions: str = "") -> Advice:
    """Replay ODD and ordinary names, all of them held by one portfolio."""
    files = texts_of(odd, units)
    if actions:
        files["--actions"] = ["symbol,ex_date,ratio,kind", actions]
    flags = []
    for flag, text in files.items():
        path = folder / f"{flag[2:]}.csv"
        path.write_text("\n".join(text) + "\n", encoding="utf-8")
        flags += [flag, str(path)]
    out = folder / "out"
    assert main(["replay", *flags, "--interval", "1d", "--out", str(out), "--quiet"]) == 0
    G.clear()  # a command is one process; here several share one
    return Advice(final_rows(out / "advice.jsonl"))


def texts_of(odd: Bars, units: float) -> dict[str, list[str]]:
    """Lines of the files by flag."""
    names = {ODD: odd, **{name: walk(seed) for seed, name in enumerate(ORDINARY)}}
    days = dates()
    lines = [
        f"{name},{days[day]},{','.join(f'{value:.6f}' for value in bars[day])}"
        for day in range(DAYS)
        for name, bars in names.items()
        if day in bars
    ]
    return {
        "--bars": ["symbol,ts_event,open,high,low,close,volume", *lines],
        "--holdings": [
            "portfolio_id,symbol,quantity",
            *(f"p,{name},{count}" for name, count in {**ORDINARY, ODD: units}.items()),
        ],
        "--instruments": [
            "symbol,name,sector,currency,asset_class,market_cap",
            *(f"{name},{name},Sector {name},INR,equity,1000" for name in names),
        ],
    }
