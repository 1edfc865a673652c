"""Who may read our answers from a page: the site's own hosts, never with credentials."""

from services.ingest.http.origin import host_of, listed
from services.ingest.http.responses import Headers, Response
from services.ingest.sites import Site, Sites


def headers_for(origin: str, site: Site | None) -> Headers:
    """Let the page read the answer when it is one of the site's."""
    if site is None or not listed(host_of(origin), site.all_hosts):
        return ()
    return (("access-control-allow-origin", origin), ("vary", "origin"))


def preflight(origin: str, sites: Sites) -> Response:
    """A preflight does not name its site, so the hosts of all sites are known to it."""
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
