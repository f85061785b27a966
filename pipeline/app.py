"""Composition root: settings -> sources -> graph -> sinks -> views -> API -> run."""

import asyncio
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from config.settings import ConfigError, load_settings, packaged
from connectors.providers.cost_file import CostsUnavailable
from connectors.sinks.postgres_link import StoreError
from connectors.sources.errors import SourceError
from connectors.sources.progress import FeedProgress
from connectors.sources.stop import StopToken
from connectors.store.ledger import Ledger, LedgerLocked, LedgerUnavailable
from pipeline.analyst import LatestStates
from pipeline.engine import clear_graph
from pipeline.inputs import files_of, gather
from pipeline.live import build_live
from pipeline.live_graph import LiveGraph
from pipeline.providers import providers_of
from pipeline.series_options import check_settings
from pipeline.server import PortTaken, bind
from pipeline.service import Service

EXIT_DONE, EXIT_FAILED, EXIT_BAD_INPUT = 0, 1, 2
SWITCH = 0.003  # seconds: the ledger's thread must not wait long behind the engine for the GIL


def packaged_profile(name: str) -> Path:
    """The profile that ships with the project."""
    return packaged(f"{name}.yaml")


def check(profile: Path) -> int:
    """``yieldflow check-config``: 0 when the profile is sound, else one line and 2."""
    try:
        settings = load_settings(profile, os.environ, unset="noted")  # nothing is connected
        check_settings(settings)
    except (ConfigError, SourceError) as error:
        return _refuse(error, EXIT_BAD_INPUT)
    for notice in settings.notices:
        print(f"note: {notice}")
    print(f"{profile}: ok")
    return EXIT_DONE


def serve(
    profile: Path,
    *,
    port: int | None,
    speed: float | str | None,
    with_api: bool,
    anew: bool = False,
) -> int:
    """Run a profile until its feeds end (without API) or until it is interrupted.

    Settings, files, port and ledger are checked, in this order, before anything starts.
    """
    given = {"server.port": port, "engine.speed": speed}
    overrides = {key: value for key, value in given.items() if value is not None}
    sys.setswitchinterval(SWITCH)
    with ExitStack() as opened:
        opened.callback(clear_graph)  # Pathway complains of a graph that was not run
        try:
            settings = load_settings(profile, os.environ, overrides)
            check_settings(settings)
            listener = opened.enter_context(bind(settings.server)) if with_api else None
            ledger = opened.enter_context(Ledger(settings.home))
            providers = providers_of(settings)
            if providers is not None:
                opened.callback(providers.close)
            inputs = gather(files_of(settings))
        except (ConfigError, SourceError, PortTaken, LedgerLocked) as error:
            return _refuse(error, EXIT_BAD_INPUT)
        except (LedgerUnavailable, CostsUnavailable) as error:
            return _refuse(error, EXIT_FAILED)
        for notice in settings.notices:
            print(f"note: {notice}")

        def build(progress: FeedProgress, states: LatestStates) -> LiveGraph:
            clear_graph()
            return build_live(
                settings,
                ledger=ledger,
                stop=StopToken(),
                progress=progress,
                states=states,
                providers=providers,
                inputs=inputs,
                anew=anew,
            )

        service = Service(settings, inputs, ledger, listener, build, providers)
        failure = asyncio.run(service.run())
    if failure is None:
        return EXIT_DONE
    wrong = isinstance(failure, ConfigError | SourceError | StoreError)
    return _refuse(failure, EXIT_BAD_INPUT if wrong and not service.begun else EXIT_FAILED)


def _refuse(error: BaseException, code: int) -> int:
    print(f"yieldflow: {error}", file=sys.stderr)
    return code
