"""JSON Schemas and an AsyncAPI document from the catalogue: ``python -m shared.events.schemas docs/events``.

A raw batch handler gives FastStream nothing to document, so the document is made from the same catalogue that the
services, the topics and the contract tests use.
"""

import json
import sys
from pathlib import Path
from typing import Any

from shared.events.catalogue import DEAD_LETTER_RETENTION_MS, TOPICS, Topic
from shared.events.envelope import Event


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what a writer writes."""
    return event.model_json_schema(by_alias=True, mode="serialization")


def name_of(event: type[Event]) -> str:
    """``cart.abandoned.v1``."""
    fields = event.model_fields
    return f"{fields['type'].default}.v{fields['version'].default}"


def asyncapi() -> dict[str, Any]:
    """The whole contract as AsyncAPI 3.0, each message with its schema."""
    messages = {name_of(event): _message(event) for topic in TOPICS.values() for event in topic.events}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Beckon events",
            "version": "1",
            "description": "Facts in the past tense, keyed by site. Readers ignore fields that they do not know.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS.values()},
        "operations": _operations(),
        "components": {"messages": messages},
    }


def _message(event: type[Event]) -> dict[str, Any]:
    title = name_of(event)
    return {
        "name": title,
        "title": title,
        "summary": (event.__doc__ or "").split("\n")[0],
        "payload": _inlined(schema_of(event)),
    }


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without ``$defs``: a pointer inside a message would point into the whole document."""
    definitions = schema.pop("$defs", {})

    def resolve(node: Any) -> Any:
        if isinstance(node, dict):
            if (reference := node.get("$ref")) is not None:
                rest = {key: resolve(value) for key, value in node.items() if key != "$ref"}
                return {**resolve(definitions[reference.rsplit("/", 1)[1]]), **rest}
            return {key: resolve(value) for key, value in node.items()}
        return [resolve(item) for item in node] if isinstance(node, list) else node

    resolved: dict[str, Any] = resolve(schema)
    return resolved


def _channel(topic: Topic) -> dict[str, Any]:
    kept = "compacted" if topic.retention_ms is None else f"kept {topic.retention_ms // 86_400_000} days"
    return {
        "address": topic.name,
        "description": f"{'Public' if topic.public else 'Internal'}; {kept}; keyed by site_id.",
        "messages": {name_of(event): {"$ref": f"#/components/messages/{name_of(event)}"} for event in topic.events},
        "bindings": {"kafka": {"topic": topic.name, "partitions": topic.partitions}},
        "x-owner": topic.owner,
        "x-readers": sorted(topic.readers),
        "x-dead-letters": {"topic": topic.dead_letters, "retention_ms": DEAD_LETTER_RETENTION_MS},
    }


def _operations() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for topic in TOPICS.values():
        channel = {"$ref": f"#/channels/{topic.name}"}
        found[f"{topic.owner}-sends-{topic.name}"] = {"action": "send", "channel": channel}
        for reader in sorted(topic.readers):
            found[f"{reader}-receives-{topic.name}"] = {"action": "receive", "channel": channel}
    return found


def documents() -> dict[str, str]:
    """Every exported file: its name and its text."""
    files = {f"{name_of(event)}.json": schema_of(event) for topic in TOPICS.values() for event in topic.events} | {
        "asyncapi.json": asyncapi()
    }
    return {name: json.dumps(document, indent=2, sort_keys=True) + "\n" for name, document in files.items()}


def main() -> None:
    """Write the documents into the folder named on the command line."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main()
