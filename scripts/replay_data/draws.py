"""Random numbers that are the same on every machine and every numpy.

numpy promises the raw output of PCG64, not the streams of its distributions, and ``exp`` or ``log``
may differ in the last bit from one C library to the next. So everything here and in the modules
beside it is made of raw words and of + - * / and sqrt, which IEEE 754 fixes bit for bit. Sums run
in a fixed order (``cumsum``, ``cumprod``, explicit loops), not through ``sum`` or ``@``.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEED = 20260122
_TERMS = 12  # a sum of 12 uniforms has variance 1


class Draws:
    """One independent stream of draws per name, so that a change in one part moves no other."""

    def __init__(self, name: str) -> None:
        key = np.random.SeedSequence([SEED, zlib.crc32(name.encode())])
        self._bits = np.random.PCG64(key)

    def uniform(self, *shape: int) -> Floats:
        """Uniform on [0, 1), a multiple of 2**-53."""
        count = 1
        for length in shape:
            count *= length
        words = np.asarray(self._bits.random_raw(count), dtype=np.uint64)
        return ((words >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)

    def normal(self, *shape: int) -> Floats:
        """Close to standard normal: mean 0, variance 1, bounded by 6 (Irwin-Hall, 12 terms)."""
        total = self.uniform(*shape)
        for _ in range(_TERMS - 1):
            total = total + self.uniform(*shape)
        return total - _TERMS / 2

    def integers(self, low: int, high: int, *shape: int) -> Ints:
        """Uniform integers from ``low`` to ``high - 1``."""
        return low + np.floor(self.uniform(*shape) * (high - low)).astype(np.int64)

    def choose(self, candidates: Ints, count: int) -> Ints:
        """``count`` different elements of ``candidates``, in ascending order."""
        order = np.argsort(self.uniform(len(candidates)), kind="stable")
        return np.sort(candidates[order[:count]])
