"""The settings of librdkafka that a profile may give, and why others are not its to give.

Names as in CONFIGURATION.md of librdkafka 2.16. Left out are callbacks, what loads foreign code
(``plugin.library.paths``) and what librdkafka calls deprecated or internal.
"""

from collections.abc import Mapping


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLIENT = _names(
    """
    api.version.fallback.ms api.version.request api.version.request.timeout.ms
    broker.address.family broker.address.ttl broker.version.fallback client.dns.lookup client.id
    client.rack connections.max.idle.ms debug enable.metrics.push enable.random.seed
    enable.sasl.oauthbearer.unsecure.jwt enable.ssl.certificate.verification https.ca.location
    https.ca.pem log.connection.close message.copy.max.bytes message.max.bytes metadata.max.age.ms
    metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy receive.message.max.bytes
    reconnect.backoff.max.ms reconnect.backoff.ms retry.backoff.max.ms retry.backoff.ms
    sasl.kerberos.keytab sasl.kerberos.kinit.cmd sasl.kerberos.min.time.before.relogin
    sasl.kerberos.principal sasl.kerberos.service.name sasl.mechanism sasl.mechanisms
    sasl.oauthbearer.assertion.algorithm sasl.oauthbearer.assertion.claim.aud
    sasl.oauthbearer.assertion.claim.exp.seconds sasl.oauthbearer.assertion.claim.iss
    sasl.oauthbearer.assertion.claim.jti.include sasl.oauthbearer.assertion.claim.nbf.seconds
    sasl.oauthbearer.assertion.claim.sub sasl.oauthbearer.assertion.file
    sasl.oauthbearer.assertion.jwt.template.file sasl.oauthbearer.assertion.private.key.file
    sasl.oauthbearer.client.credentials.client.id sasl.oauthbearer.client.id
    sasl.oauthbearer.extensions sasl.oauthbearer.grant.type
    sasl.oauthbearer.metadata.authentication.type sasl.oauthbearer.method sasl.oauthbearer.scope
    sasl.oauthbearer.sub.claim.name sasl.oauthbearer.token.endpoint.url sasl.username
    security.protocol socket.connection.setup.timeout.ms socket.keepalive.enable socket.max.fails
    socket.nagle.disable socket.receive.buffer.bytes socket.send.buffer.bytes socket.timeout.ms
    ssl.ca.certificate.stores ssl.ca.location ssl.ca.pem ssl.certificate.location
    ssl.certificate.pem ssl.cipher.suites ssl.crl.location ssl.curves.list
    ssl.endpoint.identification.algorithm ssl.engine.id ssl.engine.location ssl.key.location
    ssl.keystore.location ssl.providers ssl.sigalgs.list statistics.interval.ms topic.blacklist
    topic.metadata.propagation.max.ms topic.metadata.refresh.fast.interval.ms
    topic.metadata.refresh.interval.ms topic.metadata.refresh.sparse
    """
)
SECRETS = _names(
    """
    sasl.oauthbearer.assertion.private.key.passphrase sasl.oauthbearer.assertion.private.key.pem
    sasl.oauthbearer.client.credentials.client.secret sasl.oauthbearer.client.secret
    sasl.oauthbearer.config sasl.password ssl.key.password ssl.key.pem ssl.keystore.password
    """
)
CONSUMER = _names(
    """
    check.crcs fetch.error.backoff.ms fetch.max.bytes fetch.message.max.bytes fetch.min.bytes
    fetch.queue.backoff.ms fetch.wait.max.ms isolation.level max.partition.fetch.bytes
    queued.max.messages.kbytes queued.min.messages
    """
)
PRODUCER = _names(
    """
    batch.num.messages batch.size compression.codec compression.level compression.type
    delivery.timeout.ms message.timeout.ms partitioner queue.buffering.backpressure.threshold
    queue.buffering.max.kbytes queue.buffering.max.messages request.timeout.ms
    sticky.partitioning.linger.ms
    """
)

BROKERS = "the brokers come from KAFKA_BOOTSTRAP_SERVERS"
_GROUP = "no group is joined: partitions are assigned, so that a restart waits for no dead member"
_POSITION = "positions are kept with the tables, not in Kafka"
_DELIVERY = "every change is delivered at least once, in order: idempotent, acks=all"
_VERIFIED = "every delivery is verified"
OWNED: Mapping[str, str] = {  # key -> why a profile cannot give it
    "bootstrap.servers": BROKERS,
    "metadata.broker.list": BROKERS,
    "allow.auto.create.topics": "topics are made with the partitions that are declared",
    "group.id": _GROUP,
    "group.instance.id": _GROUP,
    "group.protocol": _GROUP,
    "group.protocol.type": _GROUP,
    "group.remote.assignor": _GROUP,
    "heartbeat.interval.ms": _GROUP,
    "max.poll.interval.ms": _GROUP,
    "partition.assignment.strategy": _GROUP,
    "session.timeout.ms": _GROUP,
    "auto.commit.enable": _POSITION,
    "auto.commit.interval.ms": _POSITION,
    "enable.auto.commit": _POSITION,
    "enable.auto.offset.store": _POSITION,
    "offset.store.method": _POSITION,
    "auto.offset.reset": "use start: earliest, latest or a time",
    "enable.partition.eof": _POSITION,
    "acks": _DELIVERY,
    "request.required.acks": _DELIVERY,
    "enable.idempotence": _DELIVERY,
    "enable.gapless.guarantee": _DELIVERY,
    "max.in.flight": _DELIVERY,
    "max.in.flight.requests.per.connection": _DELIVERY,
    "message.send.max.retries": _DELIVERY,
    "retries": _DELIVERY,
    "transactional.id": _DELIVERY,
    "transaction.timeout.ms": _DELIVERY,
    "delivery.report.only.error": _VERIFIED,
    "produce.offset.report": _VERIFIED,
    "linger.ms": "changes wait 5 ms at most",
    "queue.buffering.max.ms": "changes wait 5 ms at most",
}
