"""The WebSocket samples of ../shared/wire as frames, as the venue would send them."""

import gzip
import json
from pathlib import Path
from typing import Any

VENUES = ("binance", "finnhub", "massive", "coinbase", "yahoo", "alpaca")
A_LIST_OF_FRAMES = (
    "binance/ws_error_frames.json",
    "alpaca/ws_error_frames.json",
    "finnhub/ws_trade_duplicates_AAPL_2020.json",
)
NO_FRAMES = (  # rules, a schema, and what clients send
    "binance/ws_session_rules.json",
    "coinbase/exchange_ws_subscribe_request.json",
    "finnhub/ws_control.json",
    "yahoo/ws_pricing.proto",
)


def stream_files(wire: Path) -> list[str]:
    """The files of these venues that hold frames."""
    index = json.loads((wire / "INDEX.json").read_text())
    names = [entry["file"] for entry in index]
    of_venues = [name for name in names if name.split("/")[0] in VENUES and "ws_" in name]
    return [name for name in of_venues if name not in NO_FRAMES]


def frames(wire: Path, name: str) -> list[str]:
    """The frames of a file in their order."""
    path = wire / name
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if ".jsonl" in name:
        return [json.loads(line)["frame"] for line in raw.splitlines()]
    found: Any = json.loads(raw)
    if name.endswith("ws_session_flow.json"):
        return [json.dumps(step["frame"]) for step in found if step["dir"] == "in"]
    if name.endswith("ws_control_request_response.json"):
        return [json.dumps(step["response"]) for step in found.values()]
    if name.endswith("ws_pricing_frames.json"):
        return [sample["frame"] for sample in found]
    return [json.dumps(one) for one in found] if name in A_LIST_OF_FRAMES else [json.dumps(found)]
