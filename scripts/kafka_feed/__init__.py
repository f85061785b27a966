"""A file as messages of Kafka, at the pace of its market."""
