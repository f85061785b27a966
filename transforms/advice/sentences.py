"""Sentences filled from evidence alone, so that every number in one can be traced back.

A template names evidence: ``{rsi_14}`` is its value, ``{rsi_14.threshold}`` another of its numbers;
``{subject}`` and other texts come from data and may hold digits. The rest of a template has none.
"""

import re
from collections.abc import Mapping, Sequence

from transforms.advice.evidence import Evidence

PLACE = re.compile(r"\{(\w+)(?:\.(threshold|window|n))?\}")
DECIMALS = {"ratio": 4, "points": 2, "sigma": 2, "atr": 2, "units": 8, "fraction": 4}
COUNTED = {"bars", "count", "sessions", "days", "us"}
FINEST = 8  # decimals that may be added to tell a value from its threshold
LISTED = 5  # names a sentence lists before it says how many there are


def format_number(value: float, unit: str, finer: int = 0) -> str:
    """A number as sentences show it: a fraction in percent, an amount with its currency.

    Args:
        value: the number.
        unit: of the evidence.
        finer: decimals to show beyond those that are usual for the unit.
    """
    if unit in COUNTED:
        return _trimmed(value, 2 + finer)
    if unit == "fraction":
        return f"{_trimmed(value * 100, 2 + finer)} %"
    if unit == "price":
        return _price(value, finer)
    if unit in DECIMALS:
        return _trimmed(value, DECIMALS[unit] + finer)
    return f"{unit} {value:,.{2 + finer}f}".lstrip()


def format_value(item: Evidence) -> str:
    """The value of evidence, with as many decimals as set it apart from its threshold."""
    shown = format_number(item.value, item.unit)
    if item.threshold is None or item.value == item.threshold:
        return shown
    for finer in range(FINEST):
        shown = format_number(item.value, item.unit, finer)
        if shown != format_number(item.threshold, item.unit, finer):
            return shown
    return shown


def _trimmed(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _price(value: float, finer: int) -> str:
    """Two decimals; a price below 1 shows six significant digits."""
    if abs(value) >= 1.0 or value == 0.0:
        return f"{value:,.{2 + finer}f}"
    leading = f"{abs(value):.5e}".split("e-")
    return _trimmed(value, int(leading[1]) + 5 + finer)


def render(template: str, texts: Mapping[str, str], evidence: Sequence[Evidence]) -> str:
    """Fill a template; ``KeyError`` when it names a text or evidence that is not there."""
    known: Mapping[str, Evidence] = {item.name: item for item in evidence}

    def fill(match: re.Match[str]) -> str:
        name, field = match.groups()
        if name in texts:
            return texts[name]
        item = known[name]
        if field in ("window", "n"):
            return str(getattr(item, field))
        if field == "threshold" and item.threshold is not None:
            return format_number(item.threshold, item.unit)
        return format_value(item)

    return PLACE.sub(fill, template)


def listed(names: Sequence[str]) -> str:
    """``A, B and C``; beyond LISTED names the template says how many there are."""
    shown = list(names[:LISTED])
    if len(names) > LISTED:
        return ", ".join(shown) + " and others"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
