"""Topics: made as they are declared, described, and how far they are filled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from kafka import TopicPartition  # type: ignore[import-untyped]
from kafka.admin import (  # type: ignore[import-untyped]
    ConfigResource,
    ConfigResourceType,
    OffsetSpec,
)
from kafka.errors import TopicAlreadyExistsError  # type: ignore[import-untyped]

from connectors.sources.errors import SourceError
from connectors.sources.kafka_admin_client import NO_SETTINGS, Settings, admin_client

_MILLISECOND: Final = timedelta(milliseconds=1)
_GIGABYTE: Final = 1 << 30


@dataclass(frozen=True)
class TopicPlan:
    """A topic that has to be there.

    Attributes:
        name: of the topic.
        partitions: at least so many; messages of a key stay in one of them.
        retention: how long messages are kept by their own time; None: for ever. Messages of a
            replayed day carry the times of that day and would be gone before they are read.
        retention_bytes: what is kept of each partition; None: all.
        compact: only the newest message of each key is sure to be kept.
    """

    name: str
    partitions: int = 1
    retention: timedelta | None = None
    retention_bytes: int | None = _GIGABYTE
    compact: bool = False


@dataclass(frozen=True)
class Topic:
    """A topic as it is."""

    name: str
    partitions: int
    retention: timedelta | None
    compact: bool


# Read and written by config/live.yaml. Of what is written by key, the newest of each key stays.
PLANS: Final[Sequence[TopicPlan]] = (
    TopicPlan("market.trades", partitions=4),
    TopicPlan("market.snapshots", partitions=1),
    TopicPlan("price.updates", partitions=4, compact=True),
    TopicPlan("portfolio.changes", partitions=4),  # one key has many rows: nothing to compact
    TopicPlan("advice.changes", partitions=4),
    TopicPlan("user.actions", partitions=1),
    TopicPlan("system.metrics", partitions=1, retention=timedelta(days=7)),
)


def ensure_topics(
    bootstrap: str, topics: Sequence[TopicPlan] = PLANS, settings: Settings = NO_SETTINGS
) -> list[str]:
    """Make the topics that are missing; returns their names.

    Topics that are there keep their settings: they are somebody's choice.

    Args:
        bootstrap: ``host:port``, several with commas.
        topics: what has to be there.
        settings: of librdkafka; those for TLS and SASL are used.

    Raises:
        SourceError: no broker answers, or a topic is there with too few partitions. One line.
    """
    with admin_client(bootstrap, settings) as client:
        known = set(client.list_topics())
        missing = [plan for plan in topics if plan.name not in known]
        made = _make(client, missing)
        for plan in topics:
            if plan not in made:
                _check_partitions(client, plan)
    return [plan.name for plan in made]


def describe(
    bootstrap: str, names: Sequence[str], settings: Settings = NO_SETTINGS
) -> dict[str, Topic]:
    """The topics of these names that are there.

    Raises:
        SourceError: no broker answers.
    """
    with admin_client(bootstrap, settings) as client:
        known = set(client.list_topics())
        return {name: _topic(client, name) for name in names if name in known}


def high_water_marks(
    bootstrap: str, topic: str, settings: Settings = NO_SETTINGS
) -> dict[int, int]:
    """Offset of the next message of each partition.

    Raises:
        SourceError: no broker answers, or there is no such topic.
    """
    found = _offsets(bootstrap, topic, OffsetSpec.LATEST, settings)
    return {place.partition: at.offset for place, at in found.items()}


def newest_time(bootstrap: str, topic: str, settings: Settings = NO_SETTINGS) -> int | None:
    """The greatest time that a message of the topic carries, microseconds UTC; None: it is empty.

    Raises:
        SourceError: no broker answers, or there is no such topic.
    """
    found = _offsets(bootstrap, topic, OffsetSpec.MAX_TIMESTAMP, settings)
    newest = max(at.timestamp for at in found.values())
    return newest * 1_000 if newest >= 0 else None


def _offsets(bootstrap: str, topic: str, which: Any, settings: Settings) -> dict[Any, Any]:
    with admin_client(bootstrap, settings) as client:
        if topic not in client.list_topics():
            raise SourceError(f"kafka: {bootstrap} has no topic {topic}")
        places = [TopicPartition(topic, number) for number in range(_partitions(client, topic))]
        found: dict[Any, Any] = client.list_partition_offsets(dict.fromkeys(places, which))
        return found


def _make(client: Any, plans: Sequence[TopicPlan]) -> list[TopicPlan]:
    """Make topics one by one; those that somebody else has made meanwhile are not ours."""
    made = []
    for plan in plans:
        wanted = {"num_partitions": plan.partitions, "configs": _configs(plan)}
        try:
            client.create_topics({plan.name: wanted}, wait_for_metadata=True)
            made.append(plan)
        except TopicAlreadyExistsError:
            client.wait_for_topics([plan.name])
    return made


def _configs(plan: TopicPlan) -> dict[str, str]:
    kept = "-1" if plan.retention is None else str(plan.retention // _MILLISECOND)
    return {
        "cleanup.policy": "compact" if plan.compact else "delete",
        "retention.ms": kept,
        "retention.bytes": str(-1 if plan.retention_bytes is None else plan.retention_bytes),
    }


def _check_partitions(client: Any, plan: TopicPlan) -> None:
    found = _partitions(client, plan.name)
    if found < plan.partitions:
        fix = f"kafka-topics.sh --alter --topic {plan.name} --partitions {plan.partitions}"
        raise SourceError(
            f"kafka: topic {plan.name} has {found} partitions, not {plan.partitions}; add some "
            f"({fix}) or give it another name"
        )


def _partitions(client: Any, name: str) -> int:
    [found] = client.describe_topics([name])
    return len(found["partitions"])


def _topic(client: Any, name: str) -> Topic:
    asked = ConfigResource(ConfigResourceType.TOPIC, name, ["retention.ms", "cleanup.policy"])
    answer = client.describe_configs([asked], config_filter="all")["topic"][name]
    kept = int(answer["retention.ms"]["value"])
    return Topic(
        name=name,
        partitions=_partitions(client, name),
        retention=None if kept < 0 else kept * _MILLISECOND,
        compact="compact" in answer["cleanup.policy"]["value"],
    )
