from connectors.sources.rejects import Reject
from connectors.sources.small_file import SmallFile

HEADER = "currency,base,ts_event,rate"
AT = "2024-01-01T00:00:00Z"


def test_what_parser_and_reader_refuse_stands_in_the_order_of_the_file(write, inspect) -> None:
    lines = [HEADER, f"A,B,{AT},1", f"C,D,{AT},-1", f"E,F,{AT},2", f"G,H,{AT},x"]
    file = SmallFile(inspect(write("fx.csv", lines), "fx", "ts_event=ts_event:iso"))
    kept = []
    for row in file.rows():
        if row["currency"] == "E":
            file.refuse(row["line"], "not_wanted")
        else:
            kept.append((row["line"], row["currency"], row["rate"]))
    assert kept == [(2, "A", 1.0)]
    assert file.rejects == [
        Reject("fx.csv", 3, "not_positive", lines[2]),
        Reject("fx.csv", 4, "not_wanted", lines[3]),
        Reject("fx.csv", 5, "not_a_number", lines[4]),
    ]


def test_an_empty_file_is_refused_as_a_whole(write, inspect) -> None:
    file = SmallFile(inspect(write("fx.csv", []), "fx"))
    assert list(file.rows()) == []
    assert file.rejects == [Reject("fx.csv", 0, "empty_file", "")]
