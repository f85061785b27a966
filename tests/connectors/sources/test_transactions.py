import orjson

from connectors.sources.transactions import parse_transactions

HEADER = "portfolio_id,ts_event,kind,symbol,quantity,price,amount,fee,currency"
NEW_YEAR = 1_704_067_200_000_000


def test_transactions_become_one_document_per_portfolio_in_order_of_time(write, inspect):
    lines = [
        HEADER,
        "p,2024-01-02,sell,TCS,2,3600,,15,INR",
        "p,2024-01-01,BUY,TCS,5,3500,,,INR",
        "q,2024-01-01,deposit,,,,1000,,INR",
    ]
    parsed = parse_transactions(inspect(write("t.csv", lines), "transactions"))
    assert [document.portfolio_id for document in parsed.documents] == ["p", "q"]
    first, second = orjson.loads(parsed.documents[0].document)
    assert first == {
        "ts_event": NEW_YEAR,
        "kind": "buy",
        "symbol": "TCS",
        "currency": "INR",
        "quantity": 5.0,
        "price": 3500.0,
        "amount": None,
        "fee": None,
    }
    assert (second["kind"], second["fee"]) == ("sell", 15.0)
    assert parsed.rejects == []


def test_entries_that_cannot_count_are_told(write, inspect):
    lines = [
        HEADER,
        "p,2024-01-01,gift,TCS,1,1,,,",
        "p,2024-01-01,buy,TCS,,3500,,,",
        "p,2024-01-01,buy,TCS,1,,,,",
        "p,2024-01-01,dividend,TCS,,,,,",
        "p,2024-01-01,split,,2,,,,",
        "p,2024-01-01,buy,TCS,-1,3,,,",
        "p,2024-01-01,fee,,,,12.5,,",
    ]
    parsed = parse_transactions(inspect(write("t.csv", lines), "transactions"))
    assert [(reject.position, reject.reason) for reject in parsed.rejects] == [
        (2, "unknown_kind"),
        (3, "missing_field"),
        (4, "missing_field"),
        (5, "missing_field"),
        (6, "missing_field"),
        (7, "not_positive"),
    ]
    [document] = parsed.documents
    assert [entry["kind"] for entry in orjson.loads(document.document)] == ["fee"]


def test_an_empty_file_is_told(write, inspect):
    parsed = parse_transactions(inspect(write("t.csv", [HEADER]), "transactions"))
    assert parsed.documents == []
