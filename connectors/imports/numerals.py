"""Numbers as brokers write them: 1,23,456.78 (India), 1,234.56, 1.234,56 (Europe), (5.00), ₹5.

One and the same text can mean two numbers: 1.234 is 1234 in Germany. So the way of writing is told
from all numbers of a file together, and a text that does not fit it is refused, never guessed.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, Literal

Style = Literal["point", "comma"]

_DECORATION: Final = re.compile(
    r"[\s\u00a0\u202f'\u2019₹€$£]|Rs\.?|INR|EUR|USD|GBP|%$", re.IGNORECASE
)
_POINT: Final = re.compile(r"(?:\d+|\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3})?(?:\.\d*)?")
_COMMA: Final = re.compile(r"(?:\d+|\d{1,3}(?:\.\d{3})+)?(?:,\d*)?")
_EXPONENT: Final = re.compile(r"\d+(?:\.\d*)?[eE][+-]?\d{1,2}")
LARGEST: Final = Decimal(10) ** 15  # beyond it no holding is meant


def number(text: str, style: Style = "point") -> Decimal:
    """The number that a text spells.

    Raises:
        ValueError: it spells none in this style, or one that is not finite or too large.
    """
    bare, sign = _unsigned(text)
    pattern = _POINT if style == "point" else _COMMA
    if _EXPONENT.fullmatch(bare):
        found = Decimal(bare)
    elif pattern.fullmatch(bare) and any(map(str.isdigit, bare)) and bare.isascii():
        digits = bare.replace(",", "") if style == "point" else _pointed(bare)
        found = Decimal(digits)
    else:
        raise ValueError(f"{text[:40]!r} is no number")
    if found > LARGEST:
        raise ValueError(f"{text[:40]!r} is too large")
    return found * sign


def shown(value: Decimal) -> str:
    """A number as people write it: no exponent, no zeros at its end."""
    return f"{value.normalize():f}"


def style_of(texts: Iterable[str]) -> tuple[Style, str]:
    """How the numbers of a file are written, and what is doubtful about that.

    Returns:
        The style, and '', 'mixed' when some numbers can only be read one way and some only the
        other, or 'ambiguous' when a comma may be either and nothing tells which.
    """
    seen, doubtful = set(), False
    for text in texts:
        bare, _ = _unsigned(text)
        found = _evidence(bare)
        if found is not None:
            seen.add(found)
        doubtful |= found is None and "," in bare
    if seen == {"comma"}:
        return "comma", ""
    if len(seen) > 1:
        return "point", "mixed"
    return "point", "ambiguous" if doubtful and not seen else ""


def _evidence(bare: str) -> Style | None:
    """The only style in which this can be a number; None when it could be either."""
    point, comma = bare.rfind("."), bare.rfind(",")
    if point >= 0 and comma >= 0:
        return "point" if point > comma else "comma"
    last = max(point, comma)
    if last < 0:
        return None
    mark: Style = "point" if point >= 0 else "comma"
    other: Style = "comma" if point >= 0 else "point"
    if bare.count(bare[last]) > 1:
        return other  # several of one mark are groups
    grouped = len(bare) - last - 1 == 3 and 1 <= last <= 3 and not bare.startswith("0")
    return None if grouped else mark


def _unsigned(text: str) -> tuple[str, int]:
    bare = _DECORATION.sub("", text.replace("\u2212", "-"))
    if bare.startswith("(") and bare.endswith(")"):
        return bare[1:-1], -1
    if bare.endswith("-"):
        return bare[:-1], -1
    if bare.startswith(("-", "+")):
        return bare[1:], -1 if bare[0] == "-" else 1
    return bare, 1


def _pointed(bare: str) -> str:
    return bare.replace(".", "").replace(",", ".")
