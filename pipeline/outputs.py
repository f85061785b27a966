"""Changes of tables as messages: topics of Kafka and streams of Redis, named alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import pathway as pw

from config.settings import Settings
from config.sinks import KafkaSink
from connectors.sinks.kafka import write_kafka
from connectors.sinks.kafka_delivery import DeliveryCheck
from connectors.sinks.redis_streams import RedisSink, write_redis
from connectors.sources.kafka_admin import PLANS, ensure_topics
from connectors.sources.live_feed import LinkStatus
from connectors.sources.stop import StopToken
from connectors.sources.system_metrics import Sample, read_system_metrics
from pipeline.graph import Graph
from transforms.schemas import SystemMetric, UsageSum

TOPICS = (  # as the settings spell them, as the contract does
    ("price_updates", "price.updates"),
    ("portfolio_changes", "portfolio.changes"),
    ("advice_changes", "advice.changes"),
    ("user_actions", "user.actions"),
    ("system_metrics", "system.metrics"),
)


class Output(NamedTuple):
    """A table on its way out.

    Attributes:
        topic: of TOPICS, as settings spell it.
        key: column of the key of its messages.
        label: tells tables of one topic apart.
    """

    topic: str
    label: str
    key: str
    table: pw.Table[Any]


@dataclass
class Outputs:
    """Running sinks of messages, and how they stand."""

    kafka: DeliveryCheck | None = None
    streams: list[RedisSink] = field(default_factory=list)

    def links(self) -> list[LinkStatus]:
        """How each stands with its other side."""
        found = [one.status() for one in self.streams]
        return found if self.kafka is None else [*found, self.kafka.status()]

    def close(self) -> None:
        """Disconnect; after the engine has ended."""
        if self.kafka is not None:
            self.kafka.close()
        for stream in self.streams:
            stream.close()


def outgoing(
    graph: Graph, events: pw.Table[UsageSum], metrics: pw.Table[SystemMetric]
) -> Iterator[Output]:
    """What is told to others.

    A row of portfolios and advice says whether it is ``removed``: the newest message of a key is
    its row, also across restarts.
    """
    yield Output("price_updates", "prices", "symbol", graph.latest)
    for topic, name in (
        ("portfolio_changes", "positions"),
        ("portfolio_changes", "portfolio_risk"),
        ("advice_changes", "advice"),
    ):
        if name in graph.ops:
            ops = graph.ops[name]
            told = ops.with_columns(removed=~ops.up).without(pw.this.up)
            yield Output(topic, name, "portfolio_id", told)
    yield Output("user_actions", "usage", "account_id", events)
    yield Output("system_metrics", "metrics", "name", metrics)


def write_outputs(
    settings: Settings,
    graph: Graph,
    *,
    events: pw.Table[UsageSum],
    sample: Sample,
    stop: StopToken,
) -> Outputs:
    """Add the sinks of messages to a graph.

    Args:
        settings: say which there are.
        graph: whose tables are told.
        events: of usage.
        sample: what the system says of itself.
        stop: ends them.

    Raises:
        SourceError: a topic cannot be made, or a setting is wrong. FeedLost: no broker answers.
    """
    sinks, made = settings.sinks, Outputs()
    if sinks.kafka is None and sinks.redis is None:
        return made
    metrics = read_system_metrics(sample, stop=stop)
    outputs = list(outgoing(graph, events, metrics))
    if sinks.kafka is not None and settings.links.kafka is not None:
        made.kafka = _to_kafka(sinks.kafka, settings.links.kafka, outputs)
    if sinks.redis is not None and settings.links.redis is not None:
        url, names = settings.links.redis.get_secret_value(), dict(TOPICS)
        made.streams = [
            write_redis(
                one.table,
                url,
                names[one.topic],
                key=one.key,
                name=f"redis-{one.label}",
                stop=stop,
                maxlen=sinks.redis.maxlen,
                label=one.label,
            )
            for one in outputs
        ]
    return made


def _to_kafka(sink: KafkaSink, bootstrap: str, outputs: list[Output]) -> DeliveryCheck:
    settings = sink.client_settings
    topics: Mapping[str, str | None] = {name: getattr(sink.topics, name) for name, _ in TOPICS}
    planned = {plan.name: plan for plan in PLANS}
    wanted = [
        replace(planned[known], name=topic) for name, known in TOPICS if (topic := topics[name])
    ]
    ensure_topics(bootstrap, wanted, settings)
    check = DeliveryCheck(bootstrap, settings=settings)
    for one in outputs:
        topic = topics[one.topic]
        if topic is None:
            continue
        name = f"kafka-{one.label}"
        write_kafka(
            one.table,
            bootstrap,
            topic,
            key=one.key,
            name=name,
            settings=settings,
            label=one.label,
        )
        check.count(one.table, topic, name=f"{name}-count")
    check.begin()
    return check
