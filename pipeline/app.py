"""Composition root: settings -> sources -> graph -> sinks -> views -> API -> run.

One process: the engine in a thread, the API on the event loop, views in memory, swapped at each
engine commit.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from config.settings import ConfigError, Settings, load_settings, packaged
from connectors.sinks.live_view import ViewSet
from connectors.sources.errors import SourceError
from connectors.sources.progress import FeedProgress
from connectors.sources.stop import StopToken
from connectors.store.ledger import Ledger, LedgerLocked, LedgerUnavailable
from pipeline.analyst import BookAnalyst
from pipeline.banner import banner, progress_text
from pipeline.engine import Engine
from pipeline.live import LiveGraph, build_live
from pipeline.series_options import check_settings
from pipeline.server import ApiServer, PortTaken, bind, server_options
from serving.app import create_app
from serving.hub import ChangeHub, Op
from serving.metering.meter import LedgerMeter
from serving.metering.progress import Progress
from serving.options import wall_clock
from serving.views import EngineStatus, Row

EXIT_DONE, EXIT_FAILED, EXIT_BAD_INPUT = 0, 1, 2
SWITCH = (
    0.0005  # seconds: answers wait for the ledger's thread behind a busy engine, see CONTRIBUTING
)
TICK = 0.25  # seconds between two looks at the engine


def packaged_profile(name: str) -> Path:
    """The profile that ships with the project."""
    return packaged(f"{name}.yaml")


def check(profile: Path) -> int:
    """``yieldflow check-config``: 0 when the profile is sound, else one line and 2."""
    try:
        settings = load_settings(profile, os.environ)
        check_settings(settings)
    except (ConfigError, SourceError) as error:
        print(f"yieldflow: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    for notice in settings.notices:
        print(f"note: {notice}")
    print(f"{profile}: ok")
    return EXIT_DONE


def serve(profile: Path, *, port: int | None, speed: float | str | None, with_api: bool) -> int:
    """Run a profile until its feeds end (without API) or until it is interrupted."""
    overrides: dict[str, object] = {}
    if port is not None:
        overrides["server.port"] = port
    if speed is not None:
        overrides["engine.speed"] = speed
    sys.setswitchinterval(SWITCH)
    with ExitStack() as opened:
        try:
            settings = load_settings(profile, os.environ, overrides)
            listener = opened.enter_context(bind(settings.server)) if with_api else None
            ledger = opened.enter_context(Ledger(settings.home))
            live = _prepare(settings, ledger)
        except (ConfigError, SourceError, PortTaken, LedgerLocked) as error:
            print(f"yieldflow: {error}", file=sys.stderr)
            return EXIT_BAD_INPUT
        except LedgerUnavailable as error:
            print(f"yieldflow: {error}", file=sys.stderr)
            return EXIT_FAILED
        for notice in settings.notices:
            print(f"note: {notice}")
        return asyncio.run(_run(settings, live, ledger, listener))


def _prepare(settings: Settings, ledger: Ledger) -> LiveGraph:
    return build_live(settings, ledger=ledger, stop=StopToken(), progress=FeedProgress())


async def _run(
    settings: Settings, live: LiveGraph, ledger: Ledger, listener: socket.socket | None
) -> int:
    """Engine in a thread, API on this loop; both end together."""
    loop = asyncio.get_running_loop()
    hub, status, counted = ChangeHub(), EngineStatus(), Progress()

    def on_commit(changes: Sequence[tuple[str, Op, Row]]) -> None:
        """Usage counts as aggregated from the moment its table can be read."""
        for table, op, row in changes:
            if table == "usage_progress" and op == "upsert":
                counted.advance(int(str(row["seq"])), wall_clock())
        hub.publish(changes)

    views = ViewSet(publish=loop.call_soon_threadsafe, on_commit=on_commit)
    live.show(views)
    engine = Engine(live.stop)
    meter = LedgerMeter(ledger, price_version=settings.meters.price_version, progress=counted)
    api = None
    if listener is not None:
        analyst = BookAnalyst(live.states, live.facts, settings)
        options = server_options(settings)
        app = create_app(
            views=views, meter=meter, analyst=analyst, options=options, hub=hub, status=status
        )
        api = ApiServer(app, listener, on_stop=hub.close)
    engine.start()
    try:
        return await _watch(settings, live, engine, api, views, status)
    finally:
        engine.stop()


async def _watch(
    settings: Settings,
    live: LiveGraph,
    engine: Engine,
    api: ApiServer | None,
    views: ViewSet,
    status: EngineStatus,
) -> int:
    """Keep the status line and the status itself current until something ends."""
    if api is not None:
        await api.start()
        print(banner(settings, api.url), flush=True)
    interactive = sys.stdout.isatty()
    ticks = 0
    while not (api is not None and api.stopped):
        await asyncio.sleep(TICK)
        live.update(status, engine)
        ticks += 1
        if interactive or ticks % 40 == 0:
            text = progress_text(status, views, settings)
            print(
                f"\r\x1b[K{text}" if interactive else text,
                end="" if interactive else "\n",
                flush=True,
            )
        if engine.failure is not None or (api is None and status.state == "drained"):
            break
    if api is not None:
        await api.stop()
    if interactive:
        print()
    if engine.failure is not None:
        print(f"yieldflow: the engine stopped: {engine.failure}", file=sys.stderr)
        return EXIT_FAILED
    return EXIT_DONE
