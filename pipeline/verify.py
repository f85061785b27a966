"""``yieldflow verify EVENT_ID``: was this served, and do the inputs still say so?"""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from config.settings import Settings, load_settings
from connectors.store.audit import Audited, audited
from connectors.store.ledger import FILE_NAME
from pipeline.progress_line import ProgressLine, Rate
from pipeline.rerun import Rerun
from pipeline.series_options import check_settings
from pipeline.texts import feed_progress, moment
from serving.sealed import LISTS, Sealed, hash_of

REPRODUCED, DIFFERS, BAD_INPUT = 0, 1, 2
STATELESS = "POST /v1/analyze"


def verify(event_id: str, *, profile: Path, ledger: Path | None, quiet: bool) -> int:
    """Check one usage event; returns the exit code: 0 reproduced, 1 not, 2 no such event.

    Raises:
        ConfigError, SourceError: the profile or one of its files is wrong.
        LedgerUnavailable: the ledger cannot be read.
    """
    settings = load_settings(profile, os.environ, unset="noted")  # no server is asked
    check_settings(settings)
    file = ledger or settings.home
    file = file / FILE_NAME if file.is_dir() or ledger is None else file
    found = audited(file, event_id)
    if found is None:
        print(f"yieldflow: there is no usage event {event_id} in {file}", file=sys.stderr)
        return BAD_INPUT
    return _check(found, settings, profile, ledger=file, quiet=quiet)


def _check(found: Audited, settings: Settings, profile: Path, *, ledger: Path, quiet: bool) -> int:
    event = found.event
    print(f"event    {event.event_id}: {event.quantity} {event.meter}, {moment(event.ts_event)}")
    if event.served_hash is None or event.portfolio_id is None or event.as_of is None:
        print("differs  the event bears no hash: nothing was answered for it, or it is too old")
        return DIFFERS
    print(f"answer   {event.portfolio_id} as of {moment(event.as_of)}, hash {event.served_hash}")
    if not _content_is_sound(found):
        return DIFFERS
    if event.route == STATELESS:
        print("differs  the holdings came with the request and were not kept: no replay tells")
        return DIFFERS
    live = [source.live.address for source in settings.data_sources if source.live is not None]
    if live:
        print(f"unproved {', '.join(live)} cannot be replayed; keep its trades in a file and name")
        print("         that file in a profile of the same settings: --config FILE")
        return DIFFERS
    rerun = Rerun(settings, event.portfolio_id, event.as_of, event.served_hash, ledger)
    rate = Rate()
    with ProgressLine(
        lambda: feed_progress(rerun.progress.snapshot(), rate), sys.stderr, enabled=not quiet
    ):
        rerun.run()
    if rerun.found is not None:
        print(f"replay   the inputs of {profile} give the same {rerun.found.open_rows} advice rows")
        print("reproduced")
        return REPRODUCED
    _explain(found, rerun)
    return DIFFERS


def _content_is_sound(found: Audited) -> bool:
    """Whether the hash of what is stored is the one that was billed; nothing stored is no fault."""
    if found.content is None:
        print("stored   what was served is not kept (any more)")
        return True
    recomputed = hash_of(found.content)
    if recomputed != found.event.served_hash:
        print(f"differs  what is stored has hash {recomputed}: the ledger was tampered with")
        return False
    rows = len(orjson.loads(found.content)["advice"])
    print(f"stored   the hash of what was served is right: {rows} advice rows")
    return True


def _explain(found: Audited, rerun: Rerun) -> None:
    """Say which rows differ, and what happened to them."""
    if rerun.latest is None:
        print(f"differs  the inputs end before {moment(rerun.as_of)}")
        return
    print(f"differs  the inputs give hash {rerun.latest.served_hash}")
    if found.content is None:
        print("         which rows differ cannot be told without what was served")
        return
    for advice_id, said in differences(found.content, rerun.latest):
        print(f"  {said}")
        for row in rerun.causes(advice_id):
            print(f"    {moment(int(str(row['as_of'])))} {row['change']}: {row['cause']}")


def differences(served: bytes, now: Sealed) -> Iterator[tuple[str, str]]:
    """(advice_id, what is different) of each row, in the order in which rows are shown."""
    before, after = orjson.loads(served), orjson.loads(now.content)
    for name in LISTS:
        old, new = _by_id(before.get(name, [])), _by_id(after[name])
        for advice_id in dict.fromkeys((*old, *new)):
            was, is_ = old.get(advice_id), new.get(advice_id)
            if was == is_:
                continue
            row = was or is_ or {}
            yield advice_id, f"{name}: {row['rule_id']} {row['subject']} {_said(was, is_)}".strip()
    if before["disclaimers"] != after["disclaimers"]:
        yield "", "disclaimers: another text"


def _said(was: Mapping[str, Any] | None, is_: Mapping[str, Any] | None) -> str:
    if was is None:
        return "was not served"
    if is_ is None:
        return "was served and is not there"
    names = [name for name in is_ if was.get(name) != is_[name]]
    return f"has another {', '.join(names)}"


def _by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["advice_id"]: row for row in rows}
