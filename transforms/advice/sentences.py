"""Sentences filled from evidence alone, so that every number in one can be traced back.

A template names evidence: ``{rsi_14}`` is its value, ``{rsi_14.threshold}`` another of its numbers;
``{subject}`` and other texts come from data and may hold digits. The rest of a template has none.
"""

import re
from collections.abc import Mapping, Sequence

from transforms.advice.evidence import Evidence

PLACE = re.compile(r"\{(\w+)(?:\.(threshold|window|n))?\}")
DECIMALS = {"ratio": 4, "points": 2, "sigma": 2, "atr": 2, "units": 8, "fraction": 4}
COUNTED = {"bars", "count", "sessions", "us"}
LISTED = 5  # names a sentence lists before it says how many there are


def format_number(value: float, unit: str) -> str:
    """A number as sentences show it: a fraction in percent, an amount with its currency."""
    if unit in COUNTED:
        return _trimmed(value, 2)
    if unit == "fraction":
        return f"{_trimmed(value * 100, 2)} %"
    if unit == "price":
        return _price(value)
    if unit in DECIMALS:
        return _trimmed(value, DECIMALS[unit])
    return f"{unit} {value:,.2f}".lstrip()


def _trimmed(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _price(value: float) -> str:
    """Two decimals; a price below 1 shows six significant digits."""
    if abs(value) >= 1.0 or value == 0.0:
        return f"{value:,.2f}"
    leading = f"{abs(value):.5e}".split("e-")
    return _trimmed(value, int(leading[1]) + 5)


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
        return format_number(item.threshold if field == "threshold" else item.value, item.unit)  # type: ignore[arg-type]

    return PLACE.sub(fill, template)


def listed(names: Sequence[str]) -> str:
    """``A, B and C``; beyond LISTED names the template says how many there are."""
    shown = list(names[:LISTED])
    if len(names) > LISTED:
        return ", ".join(shown) + " and others"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
