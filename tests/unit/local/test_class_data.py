"""Class data of Kafka: recorded once, by one process, and passed over where it does not fit."""

import subprocess
from pathlib import Path

import pytest

from deploy.local.kafka import Kafka
from deploy.local.units import Unit
from tests.support.processes.class_data import record_class_data


@pytest.fixture
def broker(tmp_path: Path) -> Kafka:
    return Kafka(tmp_path, tmp_path / "jars", 1, 2, "cluster")


def recorded_by(unit: Unit) -> Path:
    flag = next(part for part in unit.command if part.startswith("-XX:ArchiveClassesAtExit="))
    return Path(flag.partition("=")[2])


def test_class_data_is_recorded_once_and_by_one_process_at_a_time(broker: Kafka) -> None:
    runs = []

    def run(unit: Unit) -> None:
        runs.append(unit.name)
        record_class_data(broker, run)  # another process, meanwhile
        assert not broker.class_data.exists(), "it has its name only when it is whole"
        recorded_by(unit).write_bytes(b"classes")

    record_class_data(broker, run)
    record_class_data(broker, run)

    assert runs == ["kafka"]
    assert broker.class_data.read_bytes() == b"classes"
    assert f"-XX:SharedArchiveFile={broker.class_data}" in broker.unit().command


def test_a_java_that_records_nothing_is_asked_once_and_runs_without(broker: Kafka) -> None:
    runs: list[Unit] = []

    record_class_data(broker, runs.append)
    record_class_data(broker, runs.append)

    assert len(runs) == 1
    assert not [part for part in broker.unit().command if "SharedArchiveFile" in part]


def test_a_machine_too_busy_to_record_goes_on_without(broker: Kafka) -> None:
    def run(unit: Unit) -> None:
        recorded_by(unit).write_bytes(b"half of the cla")
        raise subprocess.TimeoutExpired(unit.command, 90)

    record_class_data(broker, run)

    assert not broker.class_data.exists()
    assert not [part for part in broker.unit().command if "SharedArchiveFile" in part]


def test_class_data_that_does_not_fit_is_passed_over_in_silence(broker: Kafka) -> None:
    broker.class_data.write_bytes(b"of another Java" * 1000)
    command = broker.unit().command

    done = subprocess.run([*command[: command.index("-cp")], "-version"], capture_output=True, text=True, check=True)

    assert f"-XX:SharedArchiveFile={broker.class_data}" in command
    assert done.stdout == ""
    assert "warning" not in done.stderr.lower()


def test_jars_that_were_brought_anew_have_class_data_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "kafka.jar").write_bytes(b"old")
    before = Kafka(tmp_path, tmp_path / "jars", 1, 2, "cluster").class_data

    (tmp_path / "jars" / "kafka.jar").write_bytes(b"newer")

    assert Kafka(tmp_path, tmp_path / "jars", 1, 2, "cluster").class_data != before
