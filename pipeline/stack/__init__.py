"""Real servers on loopback from packages alone: Apache Kafka, PostgreSQL and Redis."""
