"""All kernels of one interval, stepped as one."""

from collections.abc import Sequence

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, Kernel
from transforms.signals import Crossovers


class KernelChain:
    """Kernels and the crossovers of what they give; their state fields one under the other."""

    def __init__(self, kernels: Sequence[Kernel]) -> None:
        self._kernels = tuple(kernels)
        self.columns: list[Column] = [one for kernel in kernels for one in kernel.columns]
        self.crossovers = Crossovers([column.name for column in self.columns])
        own = sum(len(kernel.state) for kernel in kernels)
        self.state_size = own + len(self.crossovers.state)
        self.lookback = max((kernel.lookback for kernel in kernels), default=1)

    def step(self, state: Floats, bars: Bars) -> tuple[Columns, Floats]:
        """Advance by one bar: (values by column name, next state)."""
        values: Columns = {}
        moved = np.empty_like(state)
        at = 0
        for kernel in self._kernels:
            mine = {name: state[at + number] for number, name in enumerate(kernel.state)}
            after, given = kernel.step(mine, bars)
            for number, name in enumerate(kernel.state):
                moved[at + number] = after[name]
            at += len(kernel.state)
            values.update(given)
        moved[at:] = self.crossovers.remember(values, bars.close)
        values.update(self.crossovers.events(state[at:], moved[at:]))
        return values, moved
