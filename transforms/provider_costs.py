"""ProviderCall -> ProviderStats: latency, errors, freshness, disagreement and cost per arm."""

import pathway as pw

from transforms.schemas import ProviderCall, ProviderStats

CACHED = "cached"
OUTCOMES = ("ok", "retryable", "fatal", "unknown_symbol")
MEASURED = ("latency_us", "aged", "age_us", "compared", "disagreement_bps", "cost_micros", "hits")
_NEVER = -1


@pw.table_transformer(allow_superset={"return": False})
def build_provider_stats(calls: pw.Table[ProviderCall]) -> pw.Table[ProviderStats]:
    """Sum calls up, in whatever order they come.

    Who was neither asked nor gave anything from the cache has no row.

    Args:
        calls: requests and hits; hits count as neither a call nor an outcome.
    """
    key = (pw.this.capability, pw.this.provider, pw.this.arm)
    counted = calls.select(
        *key,
        *pw.this[[*MEASURED, "max_age_us"]],
        calls=pw.cast(int, pw.this.outcome != CACHED),
        started=pw.if_else(pw.this.outcome != CACHED, pw.this.ts_started, _NEVER),
        **{outcome: pw.cast(int, pw.this.outcome == outcome) for outcome in OUTCOMES},
    )
    sums = counted.groupby(*key).reduce(
        *key,
        **{
            name: pw.reducers.sum(pw.cast(int, pw.this[name]))
            for name in ("calls", *OUTCOMES, *MEASURED)
        },
        max_latency_us=pw.reducers.max(pw.this.latency_us),
        max_age_us=pw.reducers.max(pw.this.max_age_us),
        started=pw.reducers.max(pw.this.started),
    )
    last = pw.if_else(pw.this.started != _NEVER, pw.this.started, None)
    return sums.with_columns(ts_last_call=last).without(pw.this.started)
