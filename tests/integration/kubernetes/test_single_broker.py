"""Kafka of overlay ``small`` starts with the settings of its manifest, and takes the topics of the catalogue."""

from pathlib import Path

from deploy.local.folders import folders_at
from deploy.local.jars import cache_folder, ensure_jars
from deploy.local.kafka import Kafka
from deploy.local.secrets import Secrets
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.topics import ensure_topics, missing_topics, verify_topics
from tests.contract.kubernetes.rendering import FOLDER
from tests.support.processes.servers import Server, free_port

SETTINGS = FOLDER / "components" / "kafka-single" / "server.properties"


class BrokerOfTheManifest(Kafka):
    """An embedded broker with the settings of the manifest, on ports and in a folder of the test's."""

    def settings(self) -> str:
        """The file as it stands, but for where this machine has room."""
        places = {"0.0.0.0:9092": f"127.0.0.1:{self.port}", "kafka:9092": f"127.0.0.1:{self.port}"}
        text = SETTINGS.read_text()
        for place, here in (places | {"9093": str(self._controller_port), "/var/lib/kafka": str(self._folder)}).items():
            assert place in text
            text = text.replace(place, here)
        return text


async def test_a_broker_with_the_settings_of_the_manifest_takes_every_topic(tmp_path: Path) -> None:
    folders = folders_at(tmp_path)
    folders.make()
    jars = ensure_jars(cache_folder(), print)
    broker = BrokerOfTheManifest(folders.kafka, jars, free_port(), free_port(), Secrets().kafka_cluster_id)
    broker.prepare()
    server = Server(broker.unit(), folders, f"127.0.0.1:{broker.port}")
    server.start()
    try:
        kafka = KafkaConnection(server.address)
        await ensure_topics(kafka)
        cluster = await verify_topics(kafka)
        assert (cluster.brokers, await missing_topics(kafka)) == (1, [])
    finally:
        server.kill()
