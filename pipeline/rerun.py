"""The inputs of a profile once more, at full speed, until they give what was served.

What a portfolio was told at an instant follows from the inputs that had arrived by then. The inputs
are read in the order of their files, and after each commit the answer is composed anew: it is
reproduced when it was the same at any time. A late trade may have revised it since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pathway as pw

from config.settings import Settings, format_duration
from connectors.sinks.live_view import ViewSet
from connectors.sinks.view_feed import Change
from connectors.sources.progress import FeedProgress
from connectors.sources.stop import StopToken
from pipeline.advice_views import show_past
from pipeline.book_options import book_policy
from pipeline.engine import run_engine
from pipeline.graph import Graph, build_graph
from pipeline.inputs import files_of, gather, sources_of
from pipeline.live_documents import with_stored
from pipeline.series_options import series_options
from serving.past import evaluated, reconstructed
from serving.sealed import Sealed
from serving.views import Row

SMALLEST, COMMITS = 1 << 14, 500  # bytes of a chunk; as many commits as a file is worth


@dataclass
class Rerun:
    """One answer looked for in a replay.

    Attributes:
        settings: of the profile that served it.
        portfolio_id, as_of, served_hash: which answer.
        ledger: file whose holdings and transactions count beside the files of the profile.
        progress: counters of the feed.
        found: the answer, once the replay has given it.
        latest: what the inputs that were read so far give; None before ``as_of``.
    """

    settings: Settings
    portfolio_id: str
    as_of: int
    served_hash: str
    ledger: Path | None = None
    progress: FeedProgress = field(default_factory=FeedProgress)
    found: Sealed | None = None
    latest: Sealed | None = None

    def __post_init__(self) -> None:
        """Nothing has been read yet."""
        self._stop = StopToken()
        self._views = ViewSet(lambda publish: publish(), on_commit=self._committed)
        self._moved = True

    def run(self) -> None:
        """Replay until the answer is found or the inputs have ended.

        Raises:
            SourceError: a file of the profile cannot be read.
        """
        graph = self._graph()
        if graph.book is None:
            return
        mine = replace(
            graph.book,
            versions=graph.book.versions.filter(pw.this.portfolio_id == self.portfolio_id),
        )
        show_past(self._views, mine, interval=self.settings.advice.interval, retention=None)
        changes = graph.book.changes.filter(pw.this.portfolio_id == self.portfolio_id)
        self._views.view("advice_changes", changes, key=("seq",), group=("advice_id",))
        self._views.subscribe(name="rerun")
        run_engine(self._stop)

    def causes(self, advice_id: str) -> Sequence[Row]:
        """Rows of the change log about a piece of advice, in order."""
        return self._views["advice_changes"].rows(advice_id)

    def _graph(self) -> Graph:
        settings = self.settings
        inputs = gather(files_of(settings))
        if self.ledger is not None:
            inputs = with_stored(inputs, self.ledger, self.as_of)
        size = sum(source.path.stat().st_size for source in inputs.market)
        chunk = min(max(SMALLEST, size // COMMITS), settings.engine.chunk_bytes)
        engine = settings.engine.model_copy(update={"speed": "max", "chunk_bytes": chunk})
        sources = sources_of(inputs, engine, stop=self._stop, progress=self.progress, prices=False)
        return build_graph(
            sources,
            series=series_options(settings, advised=inputs.documents is not None, forming=False),
            policy=book_policy(settings),
            currency=settings.market.currency,
            keep=None,
        )

    def _committed(self, changes: Sequence[Change]) -> None:
        """Compose the answer when something up to its instant has changed."""
        self._moved |= any(self._concerns(table, row) for table, _, row in changes)
        if not self._moved or self._stop.is_set():
            return
        instants = self._views["evaluations"].rows(format_duration(self.settings.advice.interval))
        versions = self._views["advice_versions"].rows(self.portfolio_id)
        if evaluated(instants, versions) < self.as_of:
            return
        texts = self.settings.advice.policy.disclaimer_texts
        self.latest = reconstructed(self.portfolio_id, self.as_of, versions, texts)
        self._moved = False
        if self.latest.served_hash == self.served_hash:
            self.found = self.latest
            self._stop.set()

    def _concerns(self, table: str, row: Mapping[str, object]) -> bool:
        instant = row.get("valid_from" if table == "advice_versions" else "instant")
        return isinstance(instant, int) and instant <= self.as_of
