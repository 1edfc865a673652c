"""The exported contract is the one that the code speaks."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from shared.events.catalogue import TOPICS, topic_of
from shared.events.schemas import asyncapi, documents

FOLDER = Path(__file__).parents[2] / "docs" / "events"


def test_the_exported_documents_are_those_of_the_code() -> None:
    kept = {path.name: path.read_text() for path in FOLDER.glob("*.json")}

    assert kept == documents(), "run `make schemas` and read the difference: it is a change of the contract"


def test_every_schema_is_a_valid_schema() -> None:
    for name, text in documents().items():
        if name != "asyncapi.json":
            Draft202012Validator.check_schema(json.loads(text))
    assert len(documents()) == 1 + sum(len(topic.events) for topic in TOPICS.values())


def test_asyncapi_gives_each_message_of_each_channel_its_schema() -> None:
    document = asyncapi()

    for topic in TOPICS.values():
        channel = document["channels"][topic.name]
        for name, reference in channel["messages"].items():
            payload = document["components"]["messages"][reference["$ref"].rsplit("/", 1)[1]]["payload"]
            assert payload["properties"]["type"]["const"] == name.rsplit(".v", 1)[0]
    assert "$ref" not in json.dumps(document["components"])


def test_every_event_lives_in_one_topic_and_every_topic_has_one_owner() -> None:
    events = [event for topic in TOPICS.values() for event in topic.events]

    assert len(events) == len(set(events))
    assert all(topic_of(event).owner not in topic_of(event).readers for event in events)
