"""Beckon on one machine: real Kafka and PostgreSQL as processes, and a supervisor; no Docker, Java or Maven needed."""
