"""How a containerised broker is configured; whether an engine starts it is seen where there is one."""

from tests.support.processes.containers import kafka_settings


def test_the_broker_advertises_the_port_of_our_side() -> None:
    settings = kafka_settings(40123)

    assert "OUTSIDE://127.0.0.1:40123" in settings["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert "OUTSIDE://:9092" in settings["KAFKA_LISTENERS"].split(",")


def test_nothing_of_a_single_broker_waits_for_replicas() -> None:
    settings = kafka_settings(40123)

    assert {value for name, value in settings.items() if name.endswith(("REPLICATION_FACTOR", "MIN_ISR"))} == {"1"}
