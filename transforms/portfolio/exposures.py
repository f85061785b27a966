"""What a portfolio is exposed to, by dimension: name, sector, asset class, currency, cap band."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transforms.portfolio.concentration import herfindahl_of


@dataclass(frozen=True)
class Exposure:
    """Spread of a portfolio over the labels of one dimension.

    Attributes:
        weights: share of the gross value by label, 0 to 1, largest first; label '' is unknown.
        hhi: Herfindahl-Hirschman index of the weights, 0 to 1.
        n_effective: 1 / hhi; None when nothing is worth anything.
        hhi_normalised: (hhi - 1/N) / (1 - 1/N) for N labels, 0 when all weigh the same, 1 at most;
            None with fewer than two labels.
    """

    weights: Mapping[str, float]
    hhi: float
    n_effective: float | None
    hhi_normalised: float | None


def exposure(sizes: Sequence[int], labels: Sequence[str]) -> Exposure:
    """Exposure of one portfolio along one dimension.

    Args:
        sizes: absolute market values in the base currency, micros.
        labels: of the positions.
    """
    totals: dict[str, int] = {}
    for size, label in zip(sizes, labels, strict=True):
        if size:
            totals[label] = totals.get(label, 0) + size
    whole = float(sum(totals.values()))
    ordered = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    count, hhi = len(ordered), herfindahl_of([size for _, size in ordered])
    return Exposure(
        {label: float(size) / whole for label, size in ordered},
        hhi,
        1.0 / hhi if hhi > 0.0 else None,
        max(0.0, (hhi - 1.0 / count) / (1.0 - 1.0 / count)) if count > 1 else None,
    )


def exposures(sizes: Sequence[int], dimensions: Mapping[str, Sequence[str]]) -> dict[str, Exposure]:
    """Exposure of one portfolio along each dimension.

    Args:
        sizes: absolute market values in the base currency, micros.
        dimensions: labels of the positions by dimension.
    """
    return {name: exposure(sizes, labels) for name, labels in dimensions.items()}
