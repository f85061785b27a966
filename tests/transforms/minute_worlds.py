"""Small worlds whose bars are made of trades, some of which come late."""

import numpy as np

from tests.transforms.worlds import HOUR, START, SYMBOLS, World, a_price, others
from transforms.sessions import DAY, MINUTE

MINUTES = [START + DAY * day + 4 * HOUR + MINUTE * n for day in range(4) for n in range(8)]


def a_world_of_trades(seed: int) -> World:
    """Minutes of some days, and the days before them whole."""
    rng = np.random.default_rng(seed)
    world = World("1m", MINUTES)
    for symbol in SYMBOLS:
        for day in range(-8, 1):
            world.bars["1d", symbol, START + day * DAY] = a_price(rng, symbol), 5000.0
        for start in MINUTES[rng.choice([0, 9]) :]:
            if rng.random() < 0.1:
                world.second["1m", symbol, start] = a_price(rng, symbol), 1.0
            for _ in range(int(rng.integers(0, 4))):
                at = start + int(rng.integers(0, MINUTE))
                late = int(rng.integers(0, 110)) * 1_000_000 if rng.random() < 0.2 else 0
                row = (symbol, at, a_price(rng, symbol), float(rng.integers(1, 90)))
                world.trades.append((at + late, ("trade", "1m", *row, len(world.trades))))
    world.others = others(rng, world)
    return world
