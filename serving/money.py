"""Money: integer micros of the currency unit inside, decimal strings in JSON."""

MICROS = 1_000_000


def money(micros: int) -> str:
    """A decimal string with two to six decimals: 12500000 -> '12.50', 1 -> '0.000001'."""
    sign = "-" if micros < 0 else ""
    whole, fraction = divmod(abs(micros), MICROS)
    return f"{sign}{whole}.{f'{fraction:06d}'.rstrip('0').ljust(2, '0')}"


def optional_money(micros: int | None) -> str | None:
    """The same; None stays None."""
    return None if micros is None else money(micros)


def to_micros(amount: float) -> int:
    """The nearest number of micros, halves to even."""
    return round(amount * MICROS)
