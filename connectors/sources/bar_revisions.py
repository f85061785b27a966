"""Change logs of bars: files whose rows set (+1) or withdraw (-1) a bar.

Such a log, our own bars.jsonl among them, tells a revision as two rows of the same ``time``: the
old row withdrawn, the new row set, in either order. Only the set counts then.
"""

import polars as pl

_REVISION = ("symbol", "ts_event", "diff_time")


class BarRevisions:
    """Settles the rows of one file, given chunk by chunk."""

    def __init__(self) -> None:
        self._newest_sets: pl.DataFrame | None = None

    def settle(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Drop withdrawals that only make room for another row of the same change."""
        if "diff_time" not in rows.columns or not rows.height:
            return rows
        withdrawn = pl.col("diff") == -1
        sets = rows.filter(~withdrawn.fill_null(False)).select(_REVISION)
        known = sets if self._newest_sets is None else pl.concat([self._newest_sets, sets])
        replaced = rows.filter(withdrawn).join(known, on=_REVISION, how="semi")
        # A change may straddle two chunks: the sets of the last change are kept for the next.
        self._newest_sets = known.filter(pl.col("diff_time") == pl.col("diff_time").max())
        return rows.join(replaced.select("line"), on="line", how="anti", maintain_order="left")
