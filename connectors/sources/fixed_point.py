"""Numbers whose sums do not depend on the order of adding: whole units and 1e-12ths of a unit."""

from typing import Final

import polars as pl

PICOS: Final = 1_000_000_000_000


def split(value: pl.Expr, name: str) -> list[pl.Expr]:
    """A float64 as int64 columns ``<name>_units`` and ``<name>_picos``, 0 <= picos <= 1e12.

    The value is ``units + picos * 1e-12``, rounded to the nearest 1e-12. It must be less than 9e18.
    """
    units = value.floor()
    return [
        units.cast(pl.Int64).alias(f"{name}_units"),
        ((value - units) * PICOS).round().cast(pl.Int64).alias(f"{name}_picos"),
    ]


def carried(name: str) -> list[pl.Expr]:
    """Sums of the two columns with 0 <= picos < 1e12 again."""
    units, picos = pl.col(f"{name}_units"), pl.col(f"{name}_picos")
    return [units + picos // PICOS, picos % PICOS]
