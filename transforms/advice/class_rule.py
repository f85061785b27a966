"""P05: weight of an asset class outside the band that the policy gives it."""

from collections.abc import Sequence

import numpy as np

from transforms.advice.band_rule import OVER, BandRule, Bounds
from transforms.advice.bands import Band, bands_of
from transforms.advice.evidence import Evidence
from transforms.advice.groups import class_size, class_weight, possible_class_weight
from transforms.advice.limits import EXACT
from transforms.advice.part_ways import Part
from transforms.advice.policy import Variant
from transforms.advice.portfolio_evidence import (
    clear_level,
    clears_at,
    inputs_of,
    portfolio_value,
)
from transforms.advice.reasons import lacking
from transforms.advice.rule import Finding, Want, closing_evidence
from transforms.advice.view import View
from transforms.kernels.columns import Ints

MEASURE = "asset_class_weight"
OUTSIDE = (
    f"{{subject}} is {{{MEASURE}}} of the portfolio's value, {{side}} its band of "
    "{band_low} to {band_high}."
)
REQUEST = {True: " Reduce it.", False: " Add to it."}


def _clears(variant: Variant, band: Band) -> tuple[float, float]:
    """``clear_factor`` of the band around its middle."""
    middle, half = (band.low + band.high) / 2, (band.high - band.low) / 2
    slack = half * variant.number("P05", "clear_factor", 1.0)
    return round(middle - slack, EXACT), round(middle + slack, EXACT)


def bounds(view: View) -> Bounds:
    """Of each banded class of each portfolio."""
    bands, portfolios = bands_of(view.variant), len(view.gross)
    clears = [_clears(view.variant, band) for band in bands]
    ends = np.array(
        [[band.low, band.high, *clear] for band, clear in zip(bands, clears, strict=True)]
    ).reshape(-1, 4)
    low, high, clear_low, clear_high = (np.tile(ends[:, place], portfolios) for place in range(4))
    exists = np.repeat(view.owner, len(bands))
    weights = class_weight(view), possible_class_weight(view)
    return Bounds(*weights, low, high, clear_low, clear_high, exists)


def asset_class(rule: BandRule, view: View, element: int, level: int) -> Finding:
    """The value that the class, or everything else, must come to."""
    band, row, over = _band(view, element), view.row_of(rule.subject, element), level == OVER
    name, bars = band.asset_class, rule.clear_after(view.variant)
    clear = _clears(view.variant, band)[1 if over else 0]
    words = "value of the asset class", "value of everything else"
    part = Part(view, row, name, int(class_size(view)[element]), *words, bars)
    imperative = REQUEST[over] if view.variant.wording == "imperative" else ""
    return Finding(
        template=OUTSIDE + clears_at(MEASURE, below=over) + imperative,
        evidence=[
            _weight(view, row, element, level),
            Evidence("band_low", band.low, "fraction", source_table="policy"),
            Evidence("band_high", band.high, "fraction", source_table="policy"),
            clear_level(MEASURE, clear, "fraction"),
            closing_evidence(bars),
            portfolio_value(view, row),
        ],
        clears_if=part.shrinks(clear) if over else part.grows(clear),
        inputs={"asset_class": name, "holdings": inputs_of(view, row)},
        texts={"subject": name, "side": "above" if over else "below"},
    )


def _band(view: View, element: int) -> Band:
    bands = bands_of(view.variant)
    return bands[element % len(bands)]


def _weight(view: View, row: int, element: int, level: int) -> Evidence:
    band, over = _band(view, element), level == OVER
    return Evidence(
        name=MEASURE,
        value=float(class_weight(view)[element]),
        unit="fraction",
        threshold=band.high if over else band.low,
        operator=">" if over else "<",
        source_table="portfolio_risk",
        source_keys={
            "portfolio_id": view.grid.portfolios[row],
            "asset_class": band.asset_class,
        },
        source_time=view.time,
    )


def closing(rule: BandRule, view: View, element: int, level: int) -> Sequence[Evidence]:
    """The weight now, against the level it had to come back to."""
    opened = _weight(view, view.row_of(rule.subject, element), element, level)
    clear = _clears(view.variant, _band(view, element))[1 if level == OVER else 0]
    return [opened.at_clearing(opened.value, clear, view.time)]


def classless(view: View, row: int, elements: Ints) -> Want:
    """So much has no known asset class that it decides."""
    lines = view.grid.layout.lines_of(row)
    facts = view.grid.instruments.facts
    unknown = [not facts(view.grid.symbol(line)).asset_class for line in lines]
    reason, words = "symbols_without_asset_class", "no asset class known of"
    chosen = lines[np.array(unknown, np.bool_) & view.counted[lines]]
    return lacking(view, chosen, cause="no_asset_class", reason=reason, words=words)


P05 = BandRule("P05", "asset_class", bounds, asset_class, closing, classless)
