"""Files read in sequence: the same parts in sum at any pace, prices, clocks and counters."""

import random
from datetime import timedelta

import polars as pl
import pytest

from connectors.sources.pace import Pace
from connectors.sources.stop import StopToken

T0 = 1_700_000_040_000_000
SECOND = 1_000_000
DAY = 86_400_000_000


class FakeWall:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        return False


def paced(speed):
    wall = FakeWall()
    return Pace(speed, timedelta(milliseconds=50), StopToken(), wall=wall, sleep=wall.sleep)


def random_trades(count, seed=3, ids=False):
    chance = random.Random(seed)
    header = "symbol,ts_event,price,size" + (",trade_id" if ids else "")
    rows = []
    for at in range(count):
        time = T0 + at * SECOND // 4 - (chance.randrange(300) * SECOND if at % 50 == 0 else 0)
        price = "x" if at % 97 == 5 else round(chance.uniform(90, 110), 2)
        row = f"{chance.choice('ABCD')},{time},{price},{chance.randrange(1, 500) / 10}"
        rows.append(row + (f",{at // 2}" if ids else ""))
    return [header, *rows]


@pytest.mark.parametrize("ids", [False, True])
@pytest.mark.parametrize("speed", [60, 600, 100_000])
def test_a_paced_feed_gives_what_a_fast_one_gives(write, inspect, read, ids, speed):
    source = inspect(write("t.csv", random_trades(4_000, ids=ids)))
    fast, slow = read(source), read(source, pace=paced(speed))
    assert len(slow.parts) > len(fast.parts)
    assert slow.trade_bars() == fast.trade_bars()
    assert slow.refused == fast.refused != []
    assert slow.latest == fast.latest
    assert slow.counts == fast.counts


@pytest.mark.parametrize("chunk_bytes", [1, 300, 5_000])
def test_a_feed_does_not_depend_on_its_chunks(write, inspect, read, chunk_bytes):
    source = inspect(write("t.csv", random_trades(500, ids=True)))
    whole, cut = read(source), read(source, chunk_bytes=chunk_bytes)
    assert cut.trade_bars() == whole.trade_bars()
    assert cut.refused == whole.refused
    assert cut.latest == whole.latest
    assert cut.counts == whole.counts


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.jsonl", "t.jsonl.gz", "t.parquet"])
def test_every_format_gives_the_same_bars(write, inspect, read, tmp_path, name):
    lines = [line for line in random_trades(500) if ",x," not in line]
    table = pl.read_csv("\n".join(lines).encode())
    match name.split(".")[1]:
        case "csv":
            path = write(name, lines)
        case "jsonl":
            path = write(name, table.write_ndjson().splitlines())
        case _:
            path = tmp_path / name
            table.write_parquet(path)
    expected = read(inspect(write("expected.csv", lines)))
    assert read(inspect(path)).trade_bars() == expected.trade_bars()


def test_trades_of_the_same_microsecond_are_ordered_by_their_numbers(write, inspect, read):
    rows = [f"A,{T0},{price},1,{number}" for number, price in ((10, 5.0), (9, 4.0), (11, 6.0))]
    chance = random.Random(1)
    for _ in range(4):
        chance.shuffle(rows)
        source = inspect(write("t.csv", ["symbol,ts_event,price,size,trade_id", *rows]))
        bar = read(source, chunk_bytes=1).trade_bars()["A", T0]
        assert (bar[0], bar[3]) == (4.0, 6.0)


def test_without_ids_the_place_in_the_file_decides(write, inspect, read):
    rows = [f"A,{T0},{price},1" for price in (5.0, 4.0, 6.0, 5.5)]
    source = inspect(write("t.csv", ["symbol,ts_event,price,size", *rows]))
    bar = read(source, chunk_bytes=1).trade_bars()["A", T0]
    assert (bar[0], bar[3]) == (5.0, 5.5)


def test_numbers_order_before_text_when_ids_are_mixed(write, inspect, read):
    rows = [f"A,{T0},{price},1,{trade_id}" for trade_id, price in (("x", 1), ("10", 2), ("9", 3))]
    source = inspect(write("t.csv", ["symbol,ts_event,price,size,trade_id", *rows]))
    bar = read(source).trade_bars()["A", T0]
    assert (bar[0], bar[3]) == (3.0, 1.0)


def test_history_comes_first_and_is_not_paced(write, inspect, read):
    daily = ["symbol,date,open,high,low,close,volume"]
    daily += [f"A,2023-11-{day:02d},1,2,1,2,10" for day in range(1, 14)]
    history = inspect(write("d.csv", daily), "bars", interval=timedelta(days=1), paced=False)
    today = inspect(write("t.csv", random_trades(200)))
    found = read(history, today, pace=paced(10_000))
    assert [part.kind for part in found.parts[:2]] == ["bars", "trades"]
    assert found.parts[0].interval == DAY
    assert found.parts[-1].drained
    assert found.counts.rows_in == 213
    assert found.counts.bytes_read == found.counts.bytes_total == history.size + today.size
    clocks = [part.clock for part in found.parts]
    assert clocks == sorted(clocks)
    assert found.price_batches[0][0].price == 2.0


def test_a_corrected_bar_replaces_and_a_withdrawn_one_goes(write, inspect, read):
    rows = [
        "symbol,ts_event,open,high,low,close,volume,diff",
        f"A,{T0},1,2,1,2,10,1",
        f"B,{T0},1,2,1,2,10,1",
        f"A,{T0},1,3,1,3,10,1",
        f"B,{T0},1,2,1,2,10,-1",
        f"C,{T0},1,2,1,2,10,",
        f"C,{T0},1,2,1,2,10,2",
    ]
    source = inspect(write("b.csv", rows), "bars", interval=timedelta(minutes=1))
    for chunk_bytes in (1, 1 << 20):
        found = read(source, chunk_bytes=chunk_bytes)
        assert {key[0]: bar["close"] for key, bar in found.bars().items()} == {"A": 3.0, "C": 2.0}
        assert found.reasons == [(7, "bad_diff")]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 2, 1, 3), (0, 1, 3, 2), (0, 2, 3, 1)])
@pytest.mark.parametrize("chunk_bytes", [1, 250, 1 << 20])
def test_a_log_of_changes_is_read_back_as_the_bars_it_leaves(
    write, inspect, read, order, chunk_bytes
):
    def line(close, diff, time):
        return (
            f'{{"symbol":"A","interval":"1m","bar_start":{T0},"open":1.0,"high":9.0,"low":1.0,'
            f'"close":{close},"volume":1.0,"trade_count":1,"vwap":null,"is_final":false,'
            f'"diff":{diff},"time":{time}}}'
        )

    changes = [line(2.0, 1, 10), line(2.0, -1, 12), line(5.0, 1, 12), line(3.0, 1, 12)]
    changes[3] = changes[2].replace('"A"', '"B"')
    log = [changes[at] for at in order]
    source = inspect(write("bars.jsonl", log), "bars", interval=timedelta(minutes=1))
    found = read(source, chunk_bytes=chunk_bytes)
    assert {key[0]: bar["close"] for key, bar in found.bars().items()} == {"A": 5.0, "B": 5.0}
    assert found.counts.rows_in == 4


def test_real_daily_bars_are_all_there(shared, inspect, read):
    path = shared / "data/daily/nse_nifty100_daily_2020_202604.csv.gz"
    source = inspect(path, "bars", interval=timedelta(days=1))
    table = pl.read_csv(path)
    for chunk_bytes in (1 << 20, 16 << 20):
        found = read(source, chunk_bytes=chunk_bytes, prices=False)
        assert found.refused == []
        rows = pl.concat(found.frames)
        assert rows.height == table.height == 144_336
        assert rows["close"].sum() == pytest.approx(table["close"].sum())
        assert rows["volume_units"].sum() == table["volume"].sum()
    assert found.price_batches == []


@pytest.mark.parametrize(
    ("name", "minutes", "rows"),
    [
        ("minute/us_equity_1min_6sym.csv.gz", 1, 16_932),
        ("minute/nse_1min_YESBANK_JUNIORBEES_2019.csv.gz", 1, 1_913),
    ],
)
def test_real_minute_bars_are_all_there(shared, inspect, read, name, minutes, rows):
    source = inspect(shared / "data" / name, "bars", interval=timedelta(minutes=minutes))
    found = read(source, chunk_bytes=20_000)
    assert found.refused == []
    assert found.counts.rows_in == len(found.bars()) == rows


def test_daily_bars_in_no_order_and_backwards_are_all_there(shared, inspect, read, tmp_path):
    table = pl.read_csv(shared / "data/daily/nse_nifty100_daily_2020_202604.csv.gz")
    one = table.filter(symbol="RELIANCE")
    for name, mixed in {
        "shuffled.csv": table.sample(fraction=1, shuffle=True, seed=1),
        "backwards.csv": table.reverse(),
        "one_backwards.csv": one.reverse(),
        "one_shuffled.csv": one.sample(fraction=1, shuffle=True, seed=2),
        "by_symbol.csv": table.sort("symbol", "date"),
    }.items():
        mixed.write_csv(tmp_path / name)
        source = inspect(tmp_path / name, "bars", interval=timedelta(days=1))
        found = read(source, prices=False)
        assert found.refused == []
        assert pl.concat(found.frames).n_unique(["symbol", "bar_start"]) == mixed.height


def test_snapshots_become_bars_of_one_price(write, inspect, read):
    header = "symbol,name,sector,price,change_1d_pct,change_7d_pct,volatility,market_cap_cr"
    source = inspect(
        write("s.csv", [header, "TCS,Tata,IT,3500.5,1.2,,24,1266000"]), "snapshots", as_of=T0 + 5
    )
    found = read(source)
    [bar] = found.bars().values()
    assert (bar["bar_start"], bar["open"], bar["close"], bar["volume_units"]) == (
        T0,
        3500.5,
        3500.5,
        0,
    )
    assert found.latest["TCS"].price == 3500.5


def test_snapshots_of_several_times_become_several_bars(write, inspect, read):
    rows = [f"TCS,{T0 + minute * 60 * SECOND + 7},{3500 + minute}" for minute in range(3)]
    source = inspect(write("s.csv", ["symbol,ts_event,price", *rows]), "snapshots")
    bars = read(source).bars()
    assert sorted((key[1] - T0, bar["close"]) for key, bar in bars.items()) == [
        (0, 3500.0),
        (60 * SECOND, 3501.0),
        (120 * SECOND, 3502.0),
    ]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"interval": timedelta(0)}, "`interval` must be positive"),
        ({"late_allowance": timedelta(-1)}, "`late_allowance` must not be negative"),
        ({"chunk_bytes": 0}, "`chunk_bytes` must be positive"),
    ],
)
def test_rules_that_cannot_be_are_an_error(read, rules, message):
    with pytest.raises(ValueError, match=message):
        read(**rules)
