"""Logging: one JSON line per event on standard output, of every library, with nothing personal in it."""

import json
import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import structlog

from shared.runtime.build import VERSION, commit
from shared.runtime.security.redaction import redact_named
from shared.runtime.tracing import add_trace

# Their own lines at INFO hold little and come often; what matters of them comes as a warning or is counted by us.
QUIETER = {
    "asyncpg.pool": logging.ERROR,  # a traceback a second while PostgreSQL is away
    "aiokafka": logging.WARNING,
    "kafka": logging.WARNING,
    "uvicorn.access": logging.CRITICAL,
    "httpx": logging.WARNING,
}
FIRST_KEYS = ("timestamp", "level", "event", "service")


def configure_logging(service: str, level: str) -> None:
    """Send structlog, the standard library, uvicorn, asyncpg and aiokafka through one redacting formatter."""
    shared: list[Callable[..., Any]] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
        add_trace,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(_number_of(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_formatter(shared))
    _take_over(handler, _number_of(level))
    structlog.get_logger("logging").info("starting", version=VERSION, commit=commit())


def _formatter(shared: list[Callable[..., Any]]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _drop_colours,
            structlog.processors.StackInfoRenderer(),
            # Before the redaction: a traceback quotes the values that an error was about.
            structlog.processors.format_exc_info,
            redact_event,
            _render,
        ],
    )


def _drop_colours(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop uvicorn's second copy of a line, with the escapes of a terminal."""
    event.pop("color_message", None)
    return event


def redact_event(_: object, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The last step before rendering: everything a line holds goes through the redaction, known or not."""
    return {key: value if key == "timestamp" else redact_named(key, value) for key, value in event.items()}


def _render(_: object, __: str, event: Mapping[str, Any]) -> str:
    ordered = {key: event[key] for key in FIRST_KEYS if key in event} | dict(event)
    line = json.dumps(ordered, ensure_ascii=False, default=str)
    return line.encode("utf-8", "backslashreplace").decode()  # half of a surrogate pair would lose the whole line


def _named(service: str) -> Callable[[object, str, MutableMapping[str, Any]], MutableMapping[str, Any]]:
    def add_service(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    return add_service


def _take_over(handler: logging.Handler, level: int) -> None:
    """One handler at the root; libraries that brought their own lose it, else their lines would miss the redaction."""
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in [*logging.root.manager.loggerDict, *QUIETER]:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    for name, quieter in QUIETER.items():
        logging.getLogger(name).setLevel(max(level, quieter))
    logging.captureWarnings(capture=True)


def _number_of(level: str) -> int:
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"no such log level: {level}")
    return number
