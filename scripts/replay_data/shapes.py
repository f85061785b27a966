"""How the plot moves prices: per symbol, straight lines between anchors, which multiply its price.

Shaped symbols carry less noise of their own, so that the plot does not depend on luck.
"""

from itertools import pairwise

import numpy as np

from scripts.replay_data.draws import Floats

Anchors = tuple[tuple[int, float], ...]  # (minute after the open, factor)

SHAPES: dict[str, Anchors] = {
    "TRENT": ((0, 1.0), (6, 1.0), (28, 1.1), (44, 1.095), (80, 0.925), (180, 0.94), (375, 0.95)),
    "ETERNAL": ((0, 1.0), (9, 1.0), (32, 1.1), (46, 1.095), (84, 0.91), (190, 0.925), (375, 0.93)),
    "INFY": (
        (0, 1.0),
        (21, 1.0),
        (31, 1.02),
        (60, 1.026),
        (110, 1.014),
        (150, 1.014),
        (156, 1.028),
        (172, 1.018),
        (375, 1.018),
    ),
    "SBIN": ((0, 1.0), (24, 1.0), (44, 1.022), (70, 1.03), (140, 1.024), (375, 1.02)),
    "HDFCBANK": ((0, 1.0), (30, 1.004), (52, 1.022), (75, 1.026), (375, 1.022)),
    "RELIANCE": ((0, 1.0), (40, 1.008), (50, 1.008), (54, 0.995), (72, 1.006), (375, 1.01)),
    "TITAN": (
        (0, 1.0),
        (66, 1.0),
        (72, 1.012),
        (75, 1.013),
        (79, 0.999),
        (95, 1.009),
        (375, 1.006),
    ),
    "MARUTI": ((0, 1.0), (80, 1.0), (81, 0.9925), (93, 0.9995), (375, 1.003)),
    "LT": ((0, 1.0), (59, 1.003), (62, 0.985), (65, 0.975), (85, 0.996), (110, 1.002), (375, 1.0)),
    "SUNPHARMA": (
        (0, 1.0),
        (98, 1.002),
        (101, 1.0),
        (107, 0.986),
        (120, 0.999),
        (205, 1.0),
        (211, 0.986),
        (226, 0.999),
        (375, 1.0),
    ),
    "HINDUNILVR": ((0, 1.0), (160, 1.0), (168, 1.012), (184, 1.002), (375, 1.0)),
    "ITC": ((0, 1.0), (30, 1.002), (75, 1.03), (200, 1.034), (375, 1.03)),
    "TCS": ((0, 1.0), (195, 1.002), (201, 0.988), (218, 0.999), (375, 1.0)),
    "AXISBANK": ((0, 1.0), (222, 1.0), (268, 0.972), (285, 0.972), (318, 0.998), (375, 1.0)),
    "BHARTIARTL": (
        (0, 1.0),
        (27, 1.002),
        (31, 0.989),
        (43, 1.001),
        (255, 1.0),
        (256, 1.008),
        (270, 1.001),
        (375, 1.0),
    ),
    "ASIANPAINT": (
        (0, 1.0),
        (44, 1.0),
        (48, 0.987),
        (59, 1.0),
        (300, 1.0),
        (305, 0.987),
        (325, 0.998),
        (375, 1.0),
    ),
}


def shape(anchors: Anchors, minutes: Floats) -> Floats:
    """The factor at ``minutes``; the last one from the last anchor on."""
    level = np.full(len(minutes), anchors[-1][1])
    for (start, low), (end, high) in pairwise(anchors):
        inside = (minutes >= start) & (minutes < end)
        share = (minutes[inside] - start) / (end - start)
        level[inside] = low + (high - low) * share
    return level
