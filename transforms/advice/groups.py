"""Parts of portfolios that rules compare: asset classes, currencies, small caps, cash.

Sizes are micros of the portfolio's currency, exact sums of integers; weights are shares of the
gross value. What is not known of a line may belong anywhere: the ``possible`` functions say how
much a part comes to when all of it does.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from transforms.advice.bands import bands_of
from transforms.advice.view import View
from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.instruments import SMALL, UNKNOWN_BAND, UNKNOWN_CLASS
from transforms.portfolio.lines import Flags
from transforms.portfolio.valuation import MICROS, share

CRYPTO = "crypto"  # asset class


def class_size(view: View) -> Ints:
    """Size of each asset class that has a band, by portfolio x bands + band."""
    return _once(view, "class_size", _class_size)


def _class_size(view: View) -> Ints:
    known = _by_class(view)
    numbers = [
        view.grid.instruments.class_number(band.asset_class) for band in bands_of(view.variant)
    ]
    none = np.zeros(len(known), np.int64)
    columns = [none if number is None else known[:, number] for number in numbers]
    return np.stack(columns, axis=1).ravel() if columns else none[:0]


def _by_class(view: View) -> Ints:
    groups = view.grid.asset_classes
    return groups.sums(view.size).reshape(-1, groups.labels)


def classless_size(view: View) -> Ints:
    """Size of what has no asset class, by portfolio."""
    return _once(view, "classless_size", lambda view: _by_class(view)[:, UNKNOWN_CLASS])


def size_of_class(view: View, asset_class: str) -> Ints:
    """Size of an asset class, by portfolio."""
    number = view.grid.instruments.class_number(asset_class)
    if number is None:
        return np.zeros(len(view.gross), np.int64)
    return _once(view, f"size_of_{asset_class}", lambda view: _by_class(view)[:, number])


def class_weight(view: View) -> Floats:
    """Weight of each asset class that has a band."""
    return share(class_size(view), _per_band(view, view.gross))


def possible_class_weight(view: View) -> Floats:
    """The same with everything that has no class."""
    unknown = _per_band(view, classless_size(view))
    return share(class_size(view) + unknown, _per_band(view, view.gross))


def _per_band(view: View, values: Ints) -> Ints:
    return np.repeat(values, len(bands_of(view.variant)))


def currency_size(view: View) -> Ints:
    """[portfolios, currencies]: size of what is held in currencies other than the portfolio's."""
    return _once(view, "currency_size", _currency_size)


def _currency_size(view: View) -> Ints:
    names = len(view.grid.currencies)
    if not view.held.foreign.any():
        return np.zeros((len(view.gross), max(names, 1)), np.int64)
    sizes = np.where(view.held.foreign, view.size, 0)
    return view.grid.grouped(view.held.currency, names).sums(sizes).reshape(-1, names)


def currency_weight(view: View) -> Floats:
    """Weight of the largest currency other than the portfolio's own."""
    return share(currency_size(view).max(axis=1), view.gross)


def small_cap_size(view: View) -> Ints:
    """Size of small caps, by portfolio."""
    return _once(view, "small_cap_size", lambda view: _by_cap(view)[:, SMALL])


def _by_cap(view: View) -> Ints:
    groups, sizes = view.grid.cap_bands, np.where(view.cash, 0, view.size)
    return groups.sums(sizes).reshape(-1, groups.labels)


def small_cap_weight(view: View) -> Floats:
    """Weight of small caps."""
    return share(small_cap_size(view), view.gross)


def possible_small_cap_weight(view: View) -> Floats:
    """The same with everything of unknown market value."""
    return share(small_cap_size(view) + _by_cap(view)[:, UNKNOWN_BAND], view.gross)


def cash_size(view: View) -> Ints:
    """Cash of each portfolio, debts taken off."""
    return _once(view, "cash_size", _cash_size)


def _cash_size(view: View) -> Ints:
    return view.grid.layout.sums(np.where(view.cash, view.value, 0))


def cash_weight(view: View) -> Floats:
    """Weight of cash; negative where more is owed than there is."""
    return share(cash_size(view), view.gross)


def cash_amount(view: View) -> Floats:
    """Cash in units of the portfolio's currency."""
    return cash_size(view) / MICROS


def possible_cash_amount(view: View) -> Floats:
    """The same; without a bound where there is cash in a currency that cannot be converted."""
    return np.where(view.grid.layout.any(view.unrated & view.cash), np.inf, cash_amount(view))


def sector_size(view: View) -> Ints:
    """Size of each sector without cash, by portfolio x sectors + sector."""
    if not view.cash.any():
        return view.sector_size
    sizes = np.where(view.cash, 0, view.size)
    return _once(view, "sector_size", lambda view: view.grid.sectors.sums(sizes))


def sector_weight(view: View) -> Floats:
    """Weight of each sector without cash."""
    return share(sector_size(view), np.repeat(view.gross, view.sectors))


def holds_cash(view: View) -> Flags:
    """Portfolios with a line of cash."""
    return view.grid.layout.any(view.owned & view.cash)


def _once(view: View, name: str, find: Callable[[View], Any]) -> Any:
    key = ("group", name)
    if key not in view.memo:
        view.memo[key] = find(view)
    return view.memo[key]
