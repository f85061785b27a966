from connectors.sources.fx_rates import FxRow, parse_fx_rates


def test_rates_are_read_and_sorted_by_pair_and_time(write, inspect):
    header = "currency,base,ts_event,rate"
    lines = [header, "USD,INR,2024-01-02T00:00:00Z,83.2", "usd,inr,2024-01-01T00:00:00Z,83.1"]
    parsed = parse_fx_rates(inspect(write("fx.csv", lines), "fx", "ts_event=ts_event:iso"))
    day = 86_400_000_000
    first = 1_704_067_200_000_000
    assert parsed.rows == [
        FxRow("USD", "INR", first, 83.1),
        FxRow("USD", "INR", first + day, 83.2),
    ]
    assert parsed.rejects == []


def test_the_last_rate_of_a_time_counts_and_wrong_ones_are_told(write, inspect):
    at = "2024-01-01T00:00:00Z"
    lines = ["currency,base,ts_event,rate", f"USD,INR,{at},1", f"USD,INR,{at},2"]
    lines += [f"USD,INR,{at},-2", f"INR,inr,{at},1", f"USD,INR,{at},x", f",INR,{at},3"]
    parsed = parse_fx_rates(inspect(write("fx.csv", lines), "fx", "ts_event=ts_event:iso"))
    assert [row.rate for row in parsed.rows] == [2.0]
    assert sorted((reject.position, reject.reason) for reject in parsed.rejects) == [
        (4, "not_positive"),
        (5, "same_currency"),
        (6, "not_a_number"),
        (7, "missing_field"),
    ]
