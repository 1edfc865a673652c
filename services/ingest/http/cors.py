"""Who may read our answers from a page: the site's own hosts, and sandboxes of its platform; never with credentials."""

from services.ingest.http.responses import Headers, Response
from services.ingest.origin import OPAQUE, listed, runs_code_in_sandboxes
from services.ingest.sites import Site, Sites
from shared.runtime.http.untrusted import host_of


def headers_for(origin: str, site: Site | None) -> Headers:
    """Headers that let a page of the site read the answer, which has nothing that its sender does not know."""
    if site is None:
        return ()
    if not listed(host_of(origin), site.all_hosts) and not (origin == OPAQUE and runs_code_in_sandboxes(site.platform)):
        return ()
    return (("access-control-allow-origin", origin), ("vary", "origin"))


def preflight(origin: str, sites: Sites) -> Response:
    """The answer to a preflight, which does not name its site: a host of any site is let through."""
    if not sites.lists_host(host_of(origin)):
        return Response(204, headers=(("vary", "origin"),))
    return Response(
        204,
        headers=(
            ("access-control-allow-origin", origin),
            ("access-control-allow-methods", "POST"),
            ("access-control-allow-headers", "content-type"),
            ("access-control-max-age", "7200"),
            ("vary", "origin"),
        ),
    )
