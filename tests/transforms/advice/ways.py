"""Changes a scene as a way to clear says, all else staying as it is."""

from collections.abc import Callable
from typing import Any

from tests.transforms.advice.scenes import Scene

SAFE = 1e-9  # room for the rounding of quantities


def members(scene: Scene, words: str, subject: str) -> set[str]:
    """Symbols that an amount is about."""
    facts, lines = scene.facts, set(scene.lines)
    of = {
        "without a sector": {one for one in lines if one not in facts},
        "sector": {one for one in lines if one in facts and facts[one].sector == subject},
        "asset class": {one for one in lines if one in facts and facts[one].asset_class == subject},
        "in the currency": {one for one in lines if scene.currencies.get(one) == subject},
        "small caps": {one for one in lines if one in facts and facts[one].market_cap in (4, 5)},
        "cash": {one for one in lines if scene.is_cash(one)},
        "of the holding": {subject},
    }
    for part, found in of.items():
        if part in words:
            return found
    parts = {
        "P01": "of the holding",
        "P04": "sector",
        "P05": "asset class",
        "P06": "of the holding",
        "P07": "in the currency",
        "P08": "small caps",
        "P17": "cash",
    }
    if scene.opens[0] == "P09":
        return lines - set("ABCD")
    return lines - of[parts[scene.opens[0]]]


def change_amount(scene: Scene, way: dict[str, Any], value: float) -> None:
    name = way["name"]
    if name in CASH_WAYS:
        CASH_WAYS[name](scene, value)
    elif name == "value of the largest position":
        for symbol in scene.lines:
            if not scene.is_cash(symbol):
                most = value / scene.price(symbol)
                scene.lines[symbol] = min(scene.lines[symbol], most)
    elif name == "value of the other sectors":
        scene.scale(set(scene.lines) - members(scene, "sector", way["subject"]), value)
    else:
        scene.scale(members(scene, name, way["subject"]), value)


def turn_into_cash(scene: Scene, amount: float) -> None:
    """Sell all holdings in proportion, or buy them."""
    cash, invested = scene.value("INR"), scene.gross - scene.value("INR")
    scene.scale(set(scene.lines) - {"INR"}, invested - amount)
    scene.scale({"INR"}, cash + amount)


def close_session(scene: Scene, factor: float) -> None:
    """A session ends with every close so many times the last one."""
    scene.later = {one: [prices[-1] * factor] for one, prices in scene.closes.items()}


CASH_WAYS: dict[str, Callable[[Scene, float], None]] = {
    "value of cash": lambda scene, value: scene.scale({"INR"}, value),
    "holdings sold in proportion and kept as cash": turn_into_cash,
    "holdings bought in proportion with cash": lambda scene, value: turn_into_cash(scene, -value),
    "value at the close of the next session, every holding moving alike": lambda scene, value: (
        close_session(scene, value / scene.gross)
    ),
}


def change_indicator(scene: Scene, way: dict[str, Any], value: float) -> None:
    symbol, name = way["subject"], way["name"].removeprefix("abs_")
    if name in scene.numbers:
        scene.numbers[name] = value
    elif name in OF_THE_PORTFOLIO:
        OF_THE_PORTFOLIO[name](scene, value)
    elif name == "average_daily_volume":
        scene.capacity[symbol] = value * 0.10
    elif name == "price_gap":
        bars = scene.bars[symbol]
        bars["other_close"] = scene.price(symbol) * (1 - value)
    elif name == "gap_share":
        scene.bars[symbol]["gap"] = value
    elif name == "position_weight":
        others = set(scene.lines) - {symbol}
        scene.scale(others, scene.value(symbol) * (1 - value) / value)
    elif name == "drop_in_atr":
        bars = scene.bars[symbol]
        bars["close"] = bars["highest_close_22"] - value * bars["atr_22"]
    else:
        scene.bars[symbol][name] = value


def charge(scene: Scene, share: float) -> None:
    scene.fees = share


def spread(scene: Scene, positions: float) -> None:
    scene.lines = {f"X{number}": 1.0 for number in range(int(positions))}


def weigh(scene: Scene, weight: float) -> None:
    """One of equal positions comes to a weight."""
    scene.scale({"X1"}, (scene.gross - scene.value("X1")) * weight / (1 - weight))


OF_THE_PORTFOLIO: dict[str, Callable[[Scene, float], None]] = {
    "fees_share": charge,
    "n_effective": spread,
    "largest_position_weight": weigh,
    "largest_sector_weight": weigh,
    "return of every holding from the last close to that of the next session": (
        lambda scene, value: close_session(scene, 1 + value)
    ),
}


def apply(scene: Scene, way: dict[str, Any]) -> None:
    """Change the scene so that a way to clear just holds."""
    side = -1 if way["operator"] in ("<", "<=") else 1
    value = way["value"] * (1 + side * SAFE)
    if way["operator"] == "<":
        value -= SAFE
    what, symbol = way["what"], way["subject"]
    if what == "price":
        scene.bars.setdefault(symbol, {})["close"] = way["value"]
    elif what == "quantity":
        scene.lines[symbol] = way["value"]
    elif what == "amount":
        change_amount(scene, way, value)
    elif what == "indicator":
        change_indicator(scene, way, value)
    elif what == "holdings":
        scene.lines = {f"N{number}": 1.0 for number in range(int(way["value"]))}
    else:
        assert what == "bar"
        scene.silent = ()
