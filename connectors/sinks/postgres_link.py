"""The one connection that writes a schema, and the lock that comes and goes with it.

The lock is an advisory one of the session, so it is gone with the connection, however that ends.
That also settles commits whose outcome is unknown: who holds the lock after a lost connection knows
that the old session has ended. (A pooler that shares sessions, such as PgBouncer in transaction
mode, would break this: give the engine a direct address.)
"""

import contextlib
import os
import platform
import socket
import time
from hashlib import blake2b
from typing import Any, Final

import orjson
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import set_json_dumps

_POLL: Final = 0.05  # seconds between attempts to get the lock
_DEFAULTS: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
# Look-ups by key go through the index: the planner knows no size of a table that was just filled.
# The rest lets the server (14 or later) notice soon that a client is gone.
_SESSION: Final = """
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off;
SET client_min_messages = warning;
SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
SET client_connection_check_interval = '2s'
"""
_HOLDER: Final = """
SELECT a.application_name, a.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
  AND l.classid::bigint = %s AND l.objid::bigint = %s
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


# A refused session has no error code, only a text.
_REFUSALS: Final = ("authentication failed", "no password supplied", "does not exist", "pg_hba")


class StoreError(Exception):
    """Settings or tables do not fit, and no retry helps; one line says what and how to mend it."""


class SchemaTaken(StoreError):
    """Another engine writes the schema."""


class SinkLost(Exception):
    """Postgres is away, or not ours any more: go on from the last checkpoint. One line says why."""


class Link:
    """A connection to ``dsn`` that holds the lock of ``schema`` while it is open."""

    def __init__(self, dsn: str, schema: str) -> None:
        """Remember the address; nothing is opened yet.

        Raises:
            StoreError: ``dsn`` is no address.
        """
        self._schema = schema
        self._key = lock_key(schema)
        self._parameters = parameters(dsn)
        self._connection: psycopg.Connection[Any] | None = None

    @property
    def connection(self) -> psycopg.Connection[Any]:
        """The open connection.

        Raises:
            psycopg.InterfaceError: there is none.
        """
        if self._connection is None:
            raise psycopg.InterfaceError("not connected")
        return self._connection

    def open(self, wait: float) -> None:
        """Connect anew and take the lock, waiting up to ``wait`` seconds for its last holder to go.

        Raises:
            psycopg.Error: the server is away or does not let us in.
            SchemaTaken: another engine holds the lock.
        """
        self.close()
        connection = psycopg.connect(
            **self._parameters,
            autocommit=True,  # transactions begin where the code says so
            application_name=f"yieldflow {platform.node()} {os.getpid()}",
        )
        self._connection = connection
        set_json_dumps(orjson.dumps, connection)
        connection.execute(_SESSION)
        deadline = time.monotonic() + wait
        while not self._locked(connection):
            if time.monotonic() > deadline:
                holder = self._holder(connection)
                self.close()
                raise SchemaTaken(
                    f"schema {self._schema!r} is written by another engine ({holder}): stop it, "
                    "or give `sinks.postgres.schema` another name"
                )
            time.sleep(_POLL)

    def close(self) -> None:
        """Disconnect and give the lock up; twice is once."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def sever(self) -> None:
        """Cut the connection under whoever waits for it; from any thread."""
        connection = self._connection
        if connection is None or connection.closed:
            return
        # A second handle of the same socket: closing it leaves the connection's own one open.
        with (
            contextlib.suppress(OSError, psycopg.Error),
            socket.socket(fileno=os.dup(connection.fileno())) as handle,
        ):
            handle.shutdown(socket.SHUT_RDWR)

    def reason(self, error: psycopg.Error) -> str:
        """What went wrong, one line without the password."""
        text = str(error).strip().splitlines() or [type(error).__name__]
        secret = str(self._parameters.get("password") or "")
        return text[0].replace(secret, "***") if secret else text[0]

    def _locked(self, connection: psycopg.Connection[Any]) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [self._key]).fetchone()
        return row is not None and bool(row[0])

    def _holder(self, connection: psycopg.Connection[Any]) -> str:
        halves = [(self._key >> 32) & 0xFFFFFFFF, self._key & 0xFFFFFFFF]
        row = connection.execute(_HOLDER, halves).fetchone()
        return "unknown" if row is None else f"{row[0] or 'unknown'}, session {row[1]}"


def lock_key(schema: str) -> int:
    """The 64-bit number of the advisory lock of a schema."""
    digest = blake2b(f"yieldflow/{schema}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def parameters(dsn: str) -> dict[str, Any]:
    """What to connect with.

    Raises:
        StoreError: ``dsn`` is no address; it is not repeated, for it may hold a password.
    """
    try:
        return {**_DEFAULTS, **conninfo_to_dict(dsn)}
    except psycopg.ProgrammingError:
        raise StoreError(
            "the address of Postgres cannot be read: write DATABASE_URL as "
            "postgresql://user:password@host:port/name"
        ) from None


def passes(error: psycopg.Error) -> bool:
    """Whether another attempt may succeed: the server is away, not unwilling."""
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return not any(one in str(error) for one in _REFUSALS)
