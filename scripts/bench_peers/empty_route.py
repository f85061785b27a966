"""Peer: a FastAPI route that does nothing, served with the options of Yieldflow's API.

``python -m scripts.bench_peers.empty_route`` prints the port it listens on and serves until it is
terminated.
"""

import asyncio
import socket

import uvicorn
from fastapi import FastAPI

PATH = "/empty"


def empty_app() -> FastAPI:
    """An app with one route; FastAPI's telemetry is off, as in Yieldflow's."""
    app = FastAPI(
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
    )

    @app.post(PATH)
    async def empty() -> dict[str, bool]:
        return {"ok": True}

    return app


def main() -> None:
    """Serve on any free port of the loopback."""
    config = uvicorn.Config(
        empty_app(),
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    # asyncio sends without delay only on sockets that say that they are TCP.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        # A loop of our own, as in pipeline.app: uvicorn.run would take uvloop where there is one.
        asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
