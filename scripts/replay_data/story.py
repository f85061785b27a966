"""``events.json`` and ``README.md``: what the files hold and what was planted in them."""

import hashlib
import json
from collections import Counter

from scripts.replay_data.arrivals import Feed
from scripts.replay_data.draws import SEED
from scripts.replay_data.portfolios import PLANS
from scripts.replay_data.scenario import EVENTS, NOTES, Event
from scripts.replay_data.sessions import MINUTES, OPEN_US, SESSION_DAY, clock, minute_us

_README = """\
# A synthetic market day

Every price, trade, volume and holding in this folder is **synthetic**: made by
`scripts/make_replay.py` from a fixed seed, taken from no market. The venue column says so in every
row (`SYN-NSE`). Real are only public facts: the names, symbols and industries of the NIFTY 50
companies, their market capitalisation rounded to tenths of a lakh crore, and the holidays of the
exchange. Nothing here says anything about any of these companies. Licence: Apache-2.0, as the rest
of the project.

One session of 50 names, {day}, 09:15 to 15:30 Asia/Kolkata (03:45 to 10:00 UTC), with a
fraction of the trades real names see; 300 daily bars per name before it; five portfolios.

## Files

| file | one row per | columns |
|---|---|---|
| trades.csv.gz | trade, in order of arrival | `symbol`; `ts_event` microseconds UTC; `price` INR; \
`size` shares; `trade_id` number, rising with time over all symbols; `venue` always `SYN-NSE` |
| history_daily.csv.gz | (day, symbol), by day | `symbol`; `ts_event` start of the bar: midnight \
Asia/Kolkata in microseconds UTC; `open` `high` `low` `close` INR; `volume` shares |
| instruments.csv | symbol | `symbol` `name` `sector` (NSE macro industry) `currency` \
`asset_class`; `market_cap` INR, rounded; `lot_size` shares; `exchange` |
| holdings.csv | (portfolio, symbol) | `portfolio_id` `symbol`; `quantity` shares; `avg_cost` INR \
per share; `currency`; `target_weight` fraction, empty when the owner has set none |
| transactions.csv | purchase behind a holding | `portfolio_id`; `ts_event` microseconds UTC; \
`kind` always `buy`; `symbol` `quantity`; `price` and `fee` INR; `currency` |
| events.json | - | what was planted, times in microseconds UTC, lines 1-based with the header \
as line 1 |

## Portfolios

{portfolios}

## What was planted

`opens` and `clears` say between which times (closes of one-minute bars) the advice is meant to
appear and to go; `-` under `clears`: it stays.

| exchange time | symbol | what | advice | opens | clears |
|---|---|---|---|---|---|
{events}

Of the trades {out_of_order} arrive up to 8 s out of order and {late} arrive 10 to 90 s late
({late_opens} of these are the first trade of their minute and revise its open). Refused must be
{refused} lines, listed with their line numbers in events.json:

| reason | lines |
|---|--:|
{reasons}

## Regenerate

    python -m scripts.make_replay            # writes this folder
    python -m scripts.make_replay --check    # exits 1 when a file differs

The content is the same on every machine and numpy. The packed bytes of the two .gz files are the
same wherever Python uses the original zlib; a file whose content is right is left as it is. The
sums are those of the content, unpacked (`gzip -dc FILE | sha256sum`).

| file | bytes of content | sha256 of content |
|---|--:|---|
{sums}
"""


def _window(minutes: tuple[int, int] | None) -> list[int] | None:
    return None if minutes is None else [minute_us(minute) for minute in minutes]


def _span(event: Event) -> dict[str, object]:
    """One event as JSON."""
    advice = event.expected
    return {
        "kind": event.kind,
        "symbol": event.symbol,
        "from": minute_us(event.start),
        "to": minute_us(event.end),
        "local": f"{clock(event.start)}-{clock(event.end)}",
        "note": NOTES[event.kind],
        "advice": advice
        and {
            "portfolio_id": advice.portfolio,
            "rule_id": advice.rule,
            "subject": advice.subject,
            "opens": _window(advice.opens),
            "clears": _window(advice.clears),
        },
    }


def _rows(feed: Feed) -> dict[str, object]:
    """How many lines of which fate."""
    lines = feed.content.count(b"\n") - 1
    return {
        "data_lines": lines,
        "accepted": lines - len(feed.rejected),
        "out_of_order": len(feed.out_of_order),
        "rejected": dict(sorted(Counter(feed.rejected.values()).items())),
    }


def events_json(feed: Feed) -> bytes:
    """What was planted, for tests and for whoever watches the demo."""
    document = {
        "synthetic": True,
        "seed": SEED,
        "session": {
            "date": SESSION_DAY.isoformat(),
            "timezone": "Asia/Kolkata",
            "open": OPEN_US,
            "close": minute_us(MINUTES),
        },
        "rows": _rows(feed),
        "events": [_span(event) for event in EVENTS],
        "late_lines": feed.late,
        "late_lines_that_open_their_minute": feed.late_opens,
        "rejected": [
            {"line": line, "reason": reason, "detail": feed.detail[line]}
            for line, reason in feed.rejected.items()
        ],
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def _clocks(minutes: tuple[int, int] | None) -> str:
    return "-" if minutes is None else f"{clock(minutes[0])}-{clock(minutes[1])}"


def _event_row(event: Event) -> str:
    """One event as a line of the README's table."""
    advice = event.expected
    answer = ["-"] * 3
    if advice is not None:
        named = " ".join(filter(None, (advice.portfolio, advice.rule, advice.subject)))
        answer = [named, _clocks(advice.opens), _clocks(advice.clears)]
    time = _clocks((event.start, event.end))
    return f"| {' | '.join([time, event.symbol or 'all', NOTES[event.kind], *answer])} |"


def readme(contents: dict[str, bytes], feed: Feed) -> bytes:
    """The folder's README; ``contents`` are the other files by name, not packed."""
    reasons = sorted(Counter(feed.rejected.values()).items())
    text = _README.format(
        day=SESSION_DAY.isoformat(),
        portfolios="\n".join(f"- `{plan.portfolio_id}`: {plan.character}" for plan in PLANS),
        events="\n".join(map(_event_row, EVENTS)),
        out_of_order=len(feed.out_of_order),
        late=len(feed.late),
        late_opens=len(feed.late_opens),
        refused=len(feed.rejected),
        reasons="\n".join(f"| {reason} | {count} |" for reason, count in reasons),
        sums="\n".join(
            f"| {name} | {len(content)} | `{hashlib.sha256(content).hexdigest()}` |"
            for name, content in contents.items()
        ),
    )
    return text.encode()
