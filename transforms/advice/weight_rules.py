"""P01 to P04: weights of positions, of the five largest, of sectors; the Herfindahl index."""

import numpy as np

from transforms.advice.concentration_rules import five_largest, index
from transforms.advice.groups import sector_weight
from transforms.advice.hysteresis import Flags
from transforms.advice.limits import LimitRule
from transforms.advice.position_rule import position
from transforms.advice.sector_rule import sector, unknown_sector
from transforms.advice.view import View
from transforms.kernels.columns import Floats
from transforms.portfolio.instruments import UNKNOWN_SECTOR


def _weight(view: View) -> Floats:
    return view.weight


def _top_weight(view: View) -> Floats:
    return view.top_weight


def _index(view: View) -> Floats:
    return view.hhi


def _sector_weight(view: View) -> Floats:
    """Weight of each sector with a name."""
    weight = sector_weight(view).copy()
    weight[UNKNOWN_SECTOR :: view.sectors] = 0.0
    return weight


def _unknown_weight(view: View) -> Floats:
    return sector_weight(view)[UNKNOWN_SECTOR :: view.sectors]


def _judged(view: View) -> Flags:
    return view.judged


def _owner(view: View) -> Flags:
    return view.owner


def _sector_exists(view: View) -> Flags:
    return np.asarray(view.grid.sectors.sums(view.owned.astype(np.int64)) > 0)


P01 = LimitRule(
    "P01", "line", "position_weight", "fraction", _weight, _judged, position, table="positions"
)
P02 = LimitRule("P02", "portfolio", "top5_weight", "fraction", _top_weight, _owner, five_largest)
P03 = LimitRule("P03", "portfolio", "hhi", "ratio", _index, _owner, index)
P04 = LimitRule(
    "P04", "sector", "sector_weight", "fraction", _sector_weight, _sector_exists, sector
)
P04_UNKNOWN = LimitRule(
    "P04",
    "portfolio",
    "unknown_sector_weight",
    "fraction",
    _unknown_weight,
    _owner,
    unknown_sector,
    parameters=(("info", "unknown_over"),),
    has_status=False,
)
