"""Class data of Kafka, recorded once per user: every later start of a broker costs half of the processor's time."""

import fcntl
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from deploy.local.kafka import Kafka
from deploy.local.units import Unit


def record_class_data(broker: Kafka, run: Callable[[Unit], None]) -> None:
    """Record what the JVM has parsed and verified, where nobody has. ``run`` starts this broker and stops it in order.

    Whoever comes while another process records goes on without. A Java that cannot record leaves an empty file, by which
    it is not asked again.
    """
    archive = broker.class_data
    if archive.exists():
        return
    with archive.with_suffix(".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if not archive.exists():
            _record(broker, archive, run)


def _record(broker: Kafka, archive: Path, run: Callable[[Unit], None]) -> None:
    part = archive.with_suffix(".part")
    part.unlink(missing_ok=True)
    unit = broker.unit()
    try:
        run(replace(unit, command=(unit.command[0], f"-XX:ArchiveClassesAtExit={part}", *unit.command[1:])))
    except (AssertionError, subprocess.TimeoutExpired):  # a machine too busy to record has tests to run, not to fail
        return
    part.touch()
    part.replace(archive)
