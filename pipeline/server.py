"""The API server: its socket, its options, its life."""

import asyncio
import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from config.settings import ServerSettings, Settings, format_duration
from serving.options import Account, MeterPrice, ServerOptions


class PortTaken(Exception):
    """The address cannot be listened on; one line with the fix."""


@contextmanager
def bind(server: ServerSettings) -> Iterator[socket.socket]:
    """A listening socket, taken before anything else starts.

    Raises:
        PortTaken: another program listens there, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's delay off only where it is known.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((server.host, server.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                fix = "choose another with --port or YIELDFLOW_PORT"
                text = f"server.port: {server.port} is taken on {server.host}; {fix}"
            else:
                text = (
                    f"server.host: cannot listen on {server.host}:{server.port}: {error.strerror}"
                )
            raise PortTaken(text) from None
        yield listener


def server_options(settings: Settings) -> ServerOptions:
    """What the API needs of the settings."""
    prices = settings.meters
    return ServerOptions(
        accounts=[
            Account(
                one.account_id,
                one.name,
                one.key.get_secret_value(),
                one.portfolios,
                one.plan or "",
                one.admin,
            )
            for one in settings.accounts
            if one.key is not None
        ],
        meters=[
            MeterPrice(
                name,
                meter.price_micros or 0,
                prices.currency,
                prices.price_version,
                per_plan=meter.price_micros is None,
            )
            for name, meter in prices.meters.items()
        ],
        intervals=settings.engine.interval_names,
        default_interval=format_duration(settings.advice.interval),
        currency=settings.market.currency,
        disclaimers=settings.advice.policy.disclaimer_texts,
        retention=settings.advice.retention,
        max_staleness=settings.engine.max_staleness,
    )


class _Server(uvicorn.Server):
    """Leaves signals to the service, which stops engine and API in order."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install no handlers."""
        yield


class ApiServer:
    """uvicorn on a socket that is bound already; stops when told to.

    Args:
        app: what it serves.
        listener: where.
        on_stop: called on the event loop when stopping begins, before connections are waited for.
    """

    def __init__(
        self, app: FastAPI, listener: socket.socket, *, on_stop: Callable[[], None]
    ) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            proxy_headers=False,  # nobody is believed to speak for another address
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._listener = listener
        self._on_stop = on_stop
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where the API answers."""
        host, port = self._listener.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def start(self) -> None:
        """Serve in a task; returns once requests are answered."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        while not self._server.started and not self._task.done():
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """End streams, finish running requests for a second at most, then close."""
        self._on_stop()
        self._server.should_exit = True
        if self._task is not None:
            await self._task
