"""What holdings are worth: exact integers first, one float division at the end."""

import numpy as np

from transforms.kernels.columns import Floats, Ints

MICROS = 1_000_000
PPB = 1_000_000_000
LARGEST = 10**17  # micros of one line: ninety of them still add up in an int64


def market_value(quantity: Floats, price: Floats) -> Ints:
    """Micros, rounded half to even; 0 where the price is absent or too much is held.

    Args:
        quantity: units, negative when short.
        price: currency per unit; NaN where there is none.
    """
    exact = quantity * price * MICROS
    return np.where(np.abs(exact) <= LARGEST, np.rint(exact), 0.0).astype(np.int64)


def too_large(quantity: Floats, price: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether a line is worth more than the book can add up exactly (100,000 million units)."""
    with np.errstate(over="ignore"):
        return np.abs(quantity * price * MICROS) > LARGEST


def share(part: Ints, whole: Ints) -> Floats:
    """``part / whole``: one float division; 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole != 0)


def billionths(weight: Floats) -> Ints:
    """A fraction as an integer number of billionths, so that squares add up exactly."""
    return np.rint(weight * PPB).astype(np.int64)


def profit(quantity: Floats, cost: Floats, value: Ints) -> tuple[Ints, Ints]:
    """(cost, value - cost) of each line in micros; meaningless where ``cost`` is NaN."""
    paid = market_value(quantity, cost)
    return paid, value - paid
