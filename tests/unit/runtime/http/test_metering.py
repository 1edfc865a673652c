"""A request to a service with routes begins a trace, named by its route and never by what is in its address."""

import httpx
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from shared.runtime import tracing
from shared.runtime.clock import SystemClock
from shared.runtime.http.metering import Metered
from shared.runtime.metrics import HttpMetrics
from tests.support.spans import kept_spans

OF_A_STRANGER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def names_its_span(request: Request) -> Response:
    """As an endpoint that writes an event would put it into the outbox."""
    if request.path_params["token"] == "broken":
        raise RuntimeError("+14235557001")
    return PlainTextResponse(tracing.traceparent() or "none", 201)


def an_app() -> Metered:
    async def a_file(scope: object, receive: object, send: object) -> None:
        await PlainTextResponse("file")(scope, receive, send)  # type: ignore[arg-type]

    routes = [Route("/l/{token}", names_its_span, methods=["POST"]), Mount("/static", a_file)]
    return Metered(Starlette(routes=routes), SystemClock(), HttpMetrics(CollectorRegistry()))


async def test_a_request_begins_a_trace_named_by_its_route() -> None:
    transport = httpx.ASGITransport(an_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://links.example") as client:
        with kept_spans() as spans:
            answer = await client.post("/l/secret?key=bk_1", headers={"traceparent": OF_A_STRANGER})
            await client.post("/l/broken")
            for path in ("/static/console.js", "/.env", "/l/secret"):  # a file, an address of nobody, a wrong method
                await client.get(path)

    done, failed = spans.get_finished_spans()
    assert [(span.name, span.parent) for span in (done, failed)] == [("POST /l/{token}", None)] * 2
    assert dict(done.attributes or {}) == {"http.response.status_code": 201}
    assert dict(failed.attributes or {}) == {"error.type": "RuntimeError"}
    assert answer.text == f"00-{done.context.trace_id:032x}-{done.context.span_id:016x}-01"
    assert answer.text[3:35] not in OF_A_STRANGER
    assert "secret" not in done.to_json()
    assert "+14235557001" not in failed.to_json()
