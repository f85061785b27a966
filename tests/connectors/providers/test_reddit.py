from pathlib import Path

import pytest

from connectors.providers.access import Access
from connectors.providers.reddit import Reddit
from connectors.providers.spec import Fatal, Malformed, Retryable
from tests.connectors.providers.wire import Asked, Fails, Gives, check, files, parse

ASKED = Asked("news", ("AAPL",))
EXPECTED = {
    "rest_listing_r_popular_hot_20260413.json": Gives(
        ASKED,
        5,
        {
            "symbol": "AAPL",
            "ts_event": 1_776_105_848_000_000,
            "url": "https://www.reddit.com/r/MMA/comments/1skjxta/"
            "ulberg_on_jiri_showing_mercy_thats_bullshit_total/",
            "source": "r/MMA",
        },
        {},
    ),
    "rest_access_token.json": Fails(ASKED, Malformed, "another shape"),
    "rest_headers_example.json": Fails(ASKED, Malformed, "another shape"),
    "rest_error_429.json": Fails(
        Asked("news", ("AAPL",), headers={"x-ratelimit-reset": "214"}),
        Retryable,
        "Too Many Requests",
        after=214.0,
    ),
    "rest_error_401.json": Fails(ASKED, Fatal, "Unauthorized"),
}


@pytest.mark.parametrize("file", EXPECTED)
def test_file_of_the_wire(shared: Path, file: str) -> None:
    check(Reddit(), shared, f"reddit/{file}", EXPECTED[file])


def test_every_file_of_the_wire_is_expected(shared: Path) -> None:
    assert files(shared, "reddit") == {f"reddit/{file}" for file in EXPECTED}


def test_posts_that_were_removed_are_not_shown() -> None:
    def post(text: str, removed: str) -> bytes:
        return (
            f'{{"kind":"t3","data":{{"created_utc":1,"permalink":"/p","title":"T","subreddit":"S",'
            f'"selftext":"{text}","removed_by_category":{removed}}}}}'
        ).encode()

    posts = [post("kept", "null"), post("gone", '"moderator"'), post("[deleted]", "null")]
    body = b'{"data":{"children":[' + b",".join(posts) + b"]}}"
    assert [one.summary for one in parse(Reddit(), ASKED, body)] == ["kept"]


def test_without_a_key_it_says_what_to_do() -> None:
    with pytest.raises(Fatal, match="take newsapi or finnhub for news"):
        Access().check(Reddit.spec, "news")
