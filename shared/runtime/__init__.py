"""The runtime that services share: time, ids, settings, PostgreSQL, Kafka, HTTP, security, lifecycle."""
