"""Where a request was made, by its headers: in the storefront, the back office, our hosted page, elsewhere."""

from collections.abc import Set
from enum import StrEnum

from shared.runtime.http.untrusted import host_of

__all__ = ["RequestOrigin", "host_of", "listed", "request_origin_of"]


class RequestOrigin(StrEnum):
    """Where the browser was. ``FOREIGN`` also stands for a request that does not name it."""

    STOREFRONT = "storefront"
    BACK_OFFICE = "back_office"
    HOSTED_PAGE = "hosted_page"
    FOREIGN = "foreign"


def listed(host: str | None, hosts: Set[str]) -> bool:
    """Whether a host is one of those. A host listed without a port stands for all of its ports."""
    return host is not None and (host in hosts or host.rpartition(":")[0] in hosts)


def request_origin_of(host: str | None, hosts: Set[str], back_office_hosts: Set[str], hosted_page: str | None) -> RequestOrigin:
    """The origin of a request by a page on ``host``. A host on both lists is a back office: that way is silent."""
    if listed(host, back_office_hosts):
        return RequestOrigin.BACK_OFFICE
    if listed(host, hosts):
        return RequestOrigin.STOREFRONT
    if host is not None and host == hosted_page:
        return RequestOrigin.HOSTED_PAGE
    return RequestOrigin.FOREIGN
