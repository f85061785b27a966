"""Words for what could not be judged, or must not be: symbols by reason, counted and named."""

from collections.abc import Sequence

from transforms.advice.doubts import ANY_GAP, conflicting, gapped, unreliable
from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.rule import Finding, Want
from transforms.advice.sentences import listed
from transforms.advice.view import View
from transforms.kernels.columns import Ints

NOT_EVALUATED, WITHHELD = "not_evaluated", "withheld"
DOUBTS = {
    "symbols_stale": "the price of {symbols_stale} is too old ({symbols_stale_names})",
    "symbols_with_gap": "prices of {symbols_with_gap} may be missing from the last bar "
    "({symbols_with_gap_names})",
    "symbols_in_conflict": "two sources differ on the price of {symbols_in_conflict} "
    "({symbols_in_conflict_names})",
}


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
        for rule_id, flags in (("D01", unreliable(view)), ("D02", conflicting(view)))
        if flags[lines].any()
    ]
    return ", ".join(parts)


def doubt(view: View, lines: Ints) -> Finding:
    """The rule would rest on prices that are too old or lack trades (D01), or in dispute (D02)."""
    flags = {
        "symbols_stale": view.stale,
        "symbols_with_gap": gapped(view),
        "symbols_in_conflict": conflicting(view),
    }
    doubted = {reason: lines[found[lines]] for reason, found in flags.items()}
    evidence, texts, names = pieces(view, list(doubted.items()))
    ways = [_way(view, reason, name) for reason, symbols in names.items() for name in symbols]
    text = f"Withheld: {'; '.join(DOUBTS[reason] for reason in names)}."
    return Finding(text, evidence, ways, {"state": WITHHELD, **names}, texts)


def _way(view: View, reason: str, symbol: str) -> Clearing:
    """What ends a doubt about the price of a symbol."""
    if reason == "symbols_stale":
        return Clearing(symbol, "bar", "closed bars of the symbol", ">=", 1, "bars", 1)
    measure, limit = "price_gap", view.variant.number("D02", "difference_over")
    if reason == "symbols_with_gap":
        measure, limit = "gap_share", ANY_GAP
    return Clearing(symbol, "indicator", measure, "<=", limit, "fraction", 1)
