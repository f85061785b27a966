"""Words for what could not be judged, or must not be: symbols by reason, counted and named."""

from collections.abc import Sequence

from transforms.advice.doubts import conflicting
from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.rule import Finding, Want
from transforms.advice.sentences import listed
from transforms.advice.view import View
from transforms.kernels.columns import Ints

NOT_EVALUATED, WITHHELD = "not_evaluated", "withheld"


def names_of(view: View, lines: Ints) -> list[str]:
    """Symbols of lines in order of their names."""
    return sorted(view.grid.symbol(line) for line in lines)


def pieces(
    view: View, reasons: Sequence[tuple[str, Ints]]
) -> tuple[list[Evidence], dict[str, str], dict[str, list[str]]]:
    """Per reason that applies: how many symbols, their names as text, and the names."""
    evidence, texts, inputs = [], {}, {}
    for reason, lines in reasons:
        if len(lines):
            names = names_of(view, lines)
            evidence.append(
                Evidence(
                    reason, len(names), "count", source_table="bars", source_keys={"symbols": names}
                )
            )
            texts[f"{reason}_names"], inputs[reason] = listed(names), names
    return evidence, texts, inputs


def lacking(
    view: View, lines: Ints, *, cause: str, reason: str, words: str, way: Clearing | None = None
) -> Want:
    """Something is not known of lines.

    Args:
        view: of the instant.
        lines: at least one.
        cause: of the row.
        reason: names the evidence, e.g. ``symbols_without_market_cap``.
        words: before the number and the names, e.g. ``no market value known of``.
        way: what ends it.
    """
    evidence, texts, names = pieces(view, [(reason, lines)])
    text = f"Not evaluated: {words} {{{reason}}} ({{{reason}_names}})."
    ways = [] if way is None else [way]
    return Want(cause, Finding(text, evidence, ways, {"state": NOT_EVALUATED, **names}, texts))


def untold(cause: str, text: str) -> Want:
    """Something is not known of a portfolio; ``text`` says what, without numbers."""
    inputs = {"state": NOT_EVALUATED, "reason": text}
    return Want(cause, Finding(f"Not evaluated: {text}.", [], [], inputs))


def doubt_cause(view: View, lines: Ints) -> str:
    """``D01`` or ``D02`` and the symbols whose price is in doubt for that reason."""
    parts = [
        f"{rule_id} {' '.join(names_of(view, lines[flags[lines]]))}"
        for rule_id, flags in (("D01", view.stale), ("D02", conflicting(view)))
        if flags[lines].any()
    ]
    return ", ".join(parts)


def doubt(view: View, lines: Ints) -> Finding:
    """The rule would rest on prices that are too old (D01) or in dispute (D02)."""
    stale, disputed = lines[view.stale[lines]], lines[conflicting(view)[lines]]
    evidence, texts, names = pieces(
        view, [("symbols_stale", stale), ("symbols_in_conflict", disputed)]
    )
    words = {
        "symbols_stale": "the price of {symbols_stale} is too old ({symbols_stale_names})",
        "symbols_in_conflict": "two sources differ on the price of {symbols_in_conflict} "
        "({symbols_in_conflict_names})",
    }
    ways = [
        Clearing(name, "bar", "closed bars of the symbol", ">=", 1, "bars", 1)
        for name in names_of(view, stale)
    ]
    limit = view.variant.number("D02", "difference_over")
    ways += [
        Clearing(name, "indicator", "price_gap", "<=", limit, "fraction", 1)
        for name in names_of(view, disputed)
    ]
    text = f"Withheld: {'; '.join(words[reason] for reason in names)}."
    return Finding(text, evidence, ways, {"state": WITHHELD, **names}, texts)
