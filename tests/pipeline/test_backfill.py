"""History on first sight, from settings to tables: what comes late makes no difference."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pathway as pw
import pytest
from openfeature import api

from config.settings import Settings, build_settings
from connectors.sources.backfill import BackfillFeed
from connectors.sources.file_history import FileHistory
from connectors.sources.history import History, HistorySpan
from connectors.sources.live_feed import Received, Rows
from connectors.sources.live_market import LiveMarket, LiveSource
from connectors.sources.live_parser import FeedRules
from connectors.sources.live_state import LiveState
from connectors.sources.market_reader import MarketReader, Part, ReadingRules
from connectors.sources.pace import Pace
from connectors.sources.progress import FeedProgress
from connectors.sources.source import FileSource
from connectors.sources.stop import FeedStopped, StopToken
from pipeline.feeds import live_feeds
from pipeline.providers import Providers, providers_of
from tests.connectors.providers.replay_server import ReplayServer, Reply, serving, until
from tests.connectors.sources.live_script import ScriptedFeed, Stage, lines
from tests.transforms.test_series import final, options
from transforms.schemas import PartialBars
from transforms.series import build_series
