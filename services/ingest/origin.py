"""Where a request was made, by its headers: in the storefront, the back office, our hosted page, a sandbox, elsewhere."""

from collections.abc import Set
from enum import StrEnum

OPAQUE = "null"
"""The ``Origin`` of a sandboxed frame (https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin): no host at all."""
WITH_SANDBOXES = frozenset({"shopify"})
"""Platforms whose checkout runs a merchant's code in a sandboxed frame and nowhere else."""


class RequestOrigin(StrEnum):
    """Where the browser was. ``FOREIGN`` also stands for a request that does not name it.

    ``SANDBOX`` is a frame without an origin, of a shop whose platform has such frames; anybody else's frame looks the same.
    """

    STOREFRONT = "storefront"
    BACK_OFFICE = "back_office"
    HOSTED_PAGE = "hosted_page"
    SANDBOX = "sandbox"
    FOREIGN = "foreign"


def listed(host: str | None, hosts: Set[str]) -> bool:
    """Whether a host is one of those. A host listed without a port stands for all of its ports."""
    return host is not None and (host in hosts or host.rpartition(":")[0] in hosts)


def runs_code_in_sandboxes(platform: str) -> bool:
    """Whether a shop of this platform reports from frames without an origin."""
    return platform in WITH_SANDBOXES


def request_origin_of(
    host: str | None, hosts: Set[str], back_office_hosts: Set[str], hosted_page: str | None, *, in_sandbox: bool = False
) -> RequestOrigin:
    """The origin of a request by a page on ``host``. A host on both lists is a back office: that way is silent.

    ``in_sandbox`` is of a request whose origin is opaque, to a shop that has such frames. A host that is named goes first.
    """
    if listed(host, back_office_hosts):
        return RequestOrigin.BACK_OFFICE
    if listed(host, hosts):
        return RequestOrigin.STOREFRONT
    if host is not None and host == hosted_page:
        return RequestOrigin.HOSTED_PAGE
    return RequestOrigin.SANDBOX if host is None and in_sandbox else RequestOrigin.FOREIGN
