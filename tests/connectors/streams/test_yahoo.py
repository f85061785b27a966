import json
import re
from base64 import b64decode

import pytest

from connectors.streams import yahoo
from connectors.streams.events import Unread
from connectors.streams.fields import FieldError
from connectors.streams.venue import Credentials
from connectors.streams.yahoo import VENUE, decode_pricing, parse

TYPES = {
    "string": "text",
    "float": "float",
    "double": "double",
    "int32": "int",
    "sint64": "zigzag",
}


@pytest.fixture
def samples(shared):
    return json.loads((shared / "wire/yahoo/ws_pricing_frames.json").read_text())


def test_every_field_is_decoded_as_the_published_client_does(samples):
    for sample in samples:
        raw = b64decode(json.loads(sample["frame"])["message"])
        decoded = decode_pricing(raw)
        assert {name: decoded[name] for name in sample["decoded"]} == sample["decoded"]


def test_fields_have_the_numbers_of_the_published_schema(shared):
    schema = (shared / "wire/yahoo/ws_pricing.proto").read_text()
    published = {
        int(number): (name, TYPES[kind])
        for kind, name, number in re.findall(r"(\w+) (\w+) = (\d+);", schema)
    }
    assert yahoo._FIELDS.items() <= published.items()


def test_a_price_with_and_without_its_envelope(samples):
    frame = samples[0]["frame"]
    [trade] = parse(frame)
    assert (trade.symbol, trade.ts_event) == ("BTC-USD", 1736509140000000)
    assert (trade.price, trade.size) == (94745.078125, 0.0)
    assert parse(json.loads(frame)["message"]) == (trade,)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\x0a\x04AAP", "bad_protobuf"),  # shorter than it says
        (b"\x15\x00\x00", "bad_protobuf"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "bad_protobuf"),
        (b"\x0b", "bad_protobuf"),  # a wire type that is gone
        (b"\x0a\x01\xff", "bad_protobuf"),  # not UTF-8
        (b"\x12\x04\x00\x00\x00\x00", "bad_protobuf"),  # a text where the price is
    ],
)
def test_a_broken_message_is_refused(raw, reason):
    with pytest.raises(FieldError, match=reason):
        decode_pricing(raw)


def test_unknown_fields_are_skipped():
    fields = b"\xc2\x3e\x02hi" + b"\xc8\x3e\x05" + b"\x0a\x01A"  # numbers 1000 and 1001, then id
    assert decode_pricing(fields) == {"id": "A"}


def test_what_is_no_base64_or_has_no_time_is_refused():
    assert parse("no base64!") == (Unread("not_base64"),)
    assert parse("CgRBQVBM") == (Unread("bad_timestamp"),)


def test_a_subscription_is_renewed():
    [said] = VENUE.on_open(["AAPL", "BTC-USD"], Credentials())
    assert json.loads(said) == {"subscribe": ["AAPL", "BTC-USD"]}
    assert VENUE.resubscribe_every == 15.0
