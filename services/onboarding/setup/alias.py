"""Step of the shop's own address, where a platform's shops may share one: it resolves, has TLS, shoppers are on it. Pure."""

from services.onboarding.platforms import Guide
from services.onboarding.setup.checklist import Seen, Step, StepState
from services.onboarding.shop_pages.findings import PageError
from shared.events.settings import SiteConfigured

KEY, TITLE = "alias", "Address of your own"
ERRORS = {
    PageError.NOT_REACHED: ("alias_not_reached", "Your shop's address does not resolve, or does not answer."),
    PageError.NO_TLS: ("alias_no_tls", "Your shop's address answers without a certificate that browsers trust."),
    PageError.MOVED: ("alias_moved", "Your shop's address sends browsers on to another page."),
    PageError.REFUSED: ("alias_refused", "Your shop's address answers with an error."),
}


def alias_step(site: SiteConfigured, guide: Guide, seen: Seen) -> Step:
    """Whether the shop has an address of its own. Push needs one: a browser takes the worker file from the page's own site."""
    host, menu = site.hosts[0], guide.alias["menu"]
    if host in guide.shared_hosts:
        sentence = f"{host} is shared by many shops, so browsers take no worker file of yours there."
        remedy = f"Set your own up there, {menu}, and give it as the first address in the settings."
        return _wrong(site, "shared_host", sentence, remedy)
    if seen.findings is None:
        return Step(KEY, TITLE, StepState.TODO, "Your shop's address was not looked at yet.", menu)
    if seen.findings.error is not None:
        return _wrong(site, *ERRORS[seen.findings.error], f"Look at it there: {menu}.")
    elsewhere = str((seen.signals.get("beacon_seen", {}).get("sample") or {}).get("host") or host)
    if elsewhere != host and (elsewhere in site.hosts or elsewhere in guide.shared_hosts):
        sentence = f"Shoppers are on {elsewhere}, and your first address is {host}: these are two sites to a browser."
        return _wrong(site, "another_site", sentence, f"Lead shoppers to {host} alone: {menu}.")
    return Step(KEY, TITLE, StepState.VERIFIED, "It resolves, has TLS, and is the site that shoppers are on.", proof=host)


def _wrong(site: SiteConfigured, fault: str, sentence: str, remedy: str) -> Step:
    """Broken where the shop offers push, which does not work so; else still to be done."""
    state = StepState.TODO if site.worker_path is None else StepState.BROKEN
    return Step(KEY, TITLE, state, sentence, remedy, fault=fault)
