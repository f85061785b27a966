"""What a person sees on the terminal: where the API is, what to try, how far the market has got."""

from collections.abc import Sequence
from datetime import UTC, datetime

from config.settings import Settings
from connectors.sinks.live_view import ViewSet
from serving.composition import is_billed
from serving.views import EngineStatus, Row


def banner(settings: Settings, url: str) -> str:
    """URL, key and three lines to try."""
    shown = [account for account in settings.accounts if account.key is not None]
    lines = [f"API   {url}", f"docs  {url}/docs"]
    if not shown:
        return "\n".join([*lines, "key   none: set the variable that an account's key_env names"])
    account = shown[0]
    key = account.key.get_secret_value() if account.key is not None else ""
    if not key.startswith("yf_live_demo"):
        return "\n".join(
            [*lines, f"key   of account {account.account_id}, from the environment", "stop  Ctrl-C"]
        )
    portfolio = account.portfolios[0] if account.portfolios else "PORTFOLIO"
    header = f'-H "X-API-Key: {key}"'
    return "\n".join(
        [
            *lines,
            f"key   {key}",
            "try   (in another terminal)",
            f"  curl -s -X POST {header} {url}/v1/portfolios/{portfolio}/advice",
            f"  curl -sN {header} '{url}/v1/stream?topics=advice'",
            f"  curl -s {header} {url}/v1/usage",
            "stop  Ctrl-C",
        ]
    )


def progress_text(status: EngineStatus, views: ViewSet, settings: Settings) -> str:
    """Market clock, ticks per second, open advice: one line."""
    zone = settings.market.zone
    clock = (
        datetime.fromtimestamp(status.clock / 1e6, UTC).astimezone(zone) if status.clock else None
    )
    when = f"{clock:%Y-%m-%d %H:%M:%S} {settings.market.timezone}" if clock else "no trade yet"
    advice = views["advice"].rows() if views["advice"].ready else []
    state = (
        "the feed has ended, still serving"
        if status.state == "drained"
        else f"{status.ticks_per_s:,.0f} ticks/s"
    )
    return f"market {when} | {state} | {status.ticks:,} ticks | {_open(advice)} advice open"


def _open(advice: Sequence[Row]) -> int:
    return sum(map(is_billed, advice))
