from hypothesis import assume, given
from hypothesis import strategies as st

from transforms.advice.pair_trims import Trimming, heaviest_of, joint_weight
from transforms.advice.trades import Holding


@given(
    st.lists(st.integers(1, 500), min_size=3, max_size=8),
    st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=5),
    st.integers(1, 5),
    st.floats(0.1, 0.6),
)
def test_trims_lead_to_what_they_say_and_keep_to_the_limit(
    units: list[int], places: set[tuple[int, int]], lot: int, limit: float
) -> None:
    names = [f"S{place}" for place in range(len(units))]
    pairs = tuple(
        (names[low], names[high]) for low, high in sorted(places) if low < high < len(names)
    )
    assume(pairs)
    holdings = {
        name: Holding(name, float(count), 10.0, lot)
        for name, count in zip(names, units, strict=True)
    }
    sizes = {name: held.size(held.units) for name, held in holdings.items()}
    trimming = Trimming(holdings, sizes, pairs, limit)
    left, before = dict(sizes), heaviest_of(sizes, pairs)
    for trade in trimming.trades(pairs):
        assert trade.metric_before == before
        left[trade.symbol] -= round(trade.quantity * 10.0 * 1e6)
        before = heaviest_of(left, pairs)
        assert trade.metric_after == before
        assert left[trade.symbol] > 0
    if left != sizes:
        assert before <= limit
    needed = trimming.others_needed()
    if needed is not None:
        inside = sum(sizes[name] for name in {one for pair in pairs for one in pair})
        assert max(joint_weight(sizes, pair, inside + needed) for pair in pairs) <= limit
        assert max(joint_weight(sizes, pair, inside + needed - 2) for pair in pairs) > limit
