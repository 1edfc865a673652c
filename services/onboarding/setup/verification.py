"""The set-up's checklist: from what was seen and found to the state of each step, with one sentence and one remedy. Pure."""

from datetime import datetime, timedelta

from services.onboarding.platforms import Guide
from services.onboarding.setup.alias import alias_step
from services.onboarding.setup.cart_reading import carts_step, contacts_step
from services.onboarding.setup.checklist import STALE, Question, Seen, Step, StepState, broken
from services.onboarding.setup.codes import found_keywords
from services.onboarding.setup.order_source import source_step
from services.onboarding.setup.order_webhook import webhook_step
from services.onboarding.shop.sites import UNKNOWN_PLATFORM
from services.onboarding.shop_pages.findings import WORKER_FAULTS, PageError
from services.onboarding.shop_pages.page_histories import PageHistory
from services.onboarding.web.durations import rounded_in_words
from services.onboarding.web.reason_texts import order_field_text
from shared.events.settings import SiteConfigured

QUIET = timedelta(hours=24)
"""A shop without a single page view for a day has lost its code, or its shoppers."""
NEARLY = timedelta(minutes=1)
"""Ingest emits signals once a minute, so what belongs together may arrive so far apart."""
REPORTED_WITHIN = timedelta(seconds=75)
"""Of a busy shop ingest emits once a minute: an order may be known so much later than the page that it was on."""


def platform_step(site: SiteConfigured, guide: Guide, seen: Seen) -> Step:
    """Which guide the set-up follows: recognised by the shop's own page, or chosen."""
    if site.platform == UNKNOWN_PLATFORM:
        sentence = "Your shop's page does not say on which platform it runs."
        return Step("platform", "Platform", StepState.TODO, sentence, "Choose it from the list: the steps below follow it.")
    proof = seen.answer(Question.CONFIRMATION_PAGE) or ""
    return Step("platform", "Platform", StepState.VERIFIED, f"The steps below are those for: {guide.name}.", proof=proof)


def tracking_step(site: SiteConfigured, guide: Guide, seen: Seen) -> Step:
    """The code that every page bears."""
    key, title = "tracking", "Tracking code"
    where = f"{guide.tracking['menu']}. {guide.tracking['position']}"
    fault = _page_fault(site, guide, seen)
    if fault is not None:
        return fault
    at = seen.at("beacon_seen")
    if at is None:
        return _waiting_for_a_page(seen, where)
    if seen.lately("code_in_body", _good_since(seen)):
        sentence = (
            f"The code ran from the body of {seen.page_of('code_in_body') or 'a page'}, where it is late or missing at times."
        )
        return broken(key, title, "code_in_body", sentence, f"Move it to the end of the head: {where}")
    if seen.now - at > QUIET:
        sentence = "No page of your shop has reported itself for a day."
        return broken(key, title, "silent", sentence, f"Look whether the code still stands: {where}")
    if seen.lately("clock_skew", at - NEARLY):
        # The code works: a wrong clock is one browser's and no fault of the shop.
        sentence = "A page of your shop reported itself, from a browser whose clock is more than ten minutes off."
        remedy = "Set the clock of the computer you test with, or its orders look older or newer than they are."
        return Step(key, title, StepState.VERIFIED, sentence, remedy, seen.page_of("beacon_seen"), "clock_skew")
    return Step(key, title, StepState.VERIFIED, "A page of your shop reported itself.", proof=seen.page_of("beacon_seen"))


def _good_since(seen: Seen) -> datetime | None:
    sample = seen.signals.get("beacon_seen", {}).get("sample") or {}
    return seen.at("beacon_seen") if sample.get("in_head") else None


def _page_fault(site: SiteConfigured, guide: Guide, seen: Seen) -> Step | None:
    """What the page itself shows, and what browsers met."""
    key, title = "tracking", "Tracking code"
    page = None if seen.findings is None or seen.findings.error is not None else seen.findings.page
    if page is not None and page.has_order_code:
        sentence = "The confirmation code stands on every page, where it would report orders that nobody placed."
        return broken(
            key, title, "codes_swapped", sentence, f"Swap the two codes: this one belongs to {guide.tracking['menu']}."
        )
    if page is not None and page.keys and not set(page.keys) & set(site.site_keys):
        if set(page.keys) & set(site.revoked_keys):
            return _revoked()
        sentence = "Your page bears the code of another shop."
        return broken(key, title, "another_sites_code", sentence, "Paste the tracking code of this page in its place.")
    if page is not None and sum(each in site.site_keys for each in page.keys) > 1:
        return broken(key, title, "code_twice", "The code stands on your page twice.", "Delete one of the two.")
    if page is not None and page.in_head is False:
        sentence = "The code stands in the body of your page, where it is late or missing at times."
        return broken(key, title, "code_in_body", sentence, f"Move it to the end of the head. {guide.tracking['position']}")
    if page is not None and page.policy_forbids and page.keys:
        sentence = "Your shop's Content-Security-Policy keeps the code from loading or from reporting."
        return broken(key, title, "policy", sentence, "Add the address in the code to script-src and connect-src.")
    if seen.lately("revoked_key", seen.at("beacon_seen")):
        return _revoked()
    return _gone(site, guide, seen)


def _gone(site: SiteConfigured, guide: Guide, seen: Seen) -> Step | None:
    """Checks found the code on a page and no longer do, and no visit to that very page shows otherwise."""
    pages = [page for page in seen.histories(site.hosts[0]) if _has_lost_the_code(page, seen)]
    if not pages:
        return None
    if pages[0].path == "/":
        sentence = "The code was on your page, and is not there any more: nothing new is reported."
    else:
        sentence = f"The code was on {pages[0].path}, and is not there any more: such pages report nothing."
    return broken(
        "tracking",
        "Tracking code",
        "code_gone",
        sentence,
        f"Paste it again: {guide.tracking['menu']}. {guide.tracking['position']}",
    )


def _has_lost_the_code(page: PageHistory, seen: Seen) -> bool:
    if page.gone_at is None:
        return False
    at = seen.at("beacon_seen")
    # It may come another way now, such as by a tag manager; for an hour it may be a page that was open before.
    comes_another_way = (
        at is not None and at - page.gone_at > STALE and seen.page_of("beacon_seen") == f"{page.host}{page.path}"
    )
    return not comes_another_way


def _revoked() -> Step:
    sentence = "A page still bears a key that you revoked: it reports nothing."
    return broken("tracking", "Tracking code", "revoked_key", sentence, "Paste the codes of this page in its place.")


def _waiting_for_a_page(seen: Seen, where: str) -> Step:
    key, title = "tracking", "Tracking code"
    findings = seen.findings
    if findings is not None and findings.error is PageError.NO_TLS:
        sentence = "Your shop's address answers without a certificate that browsers trust."
        return broken(key, title, "no_tls", sentence, "Set up TLS for this address at your platform, or give another one.")
    if findings is not None and findings.page.keys and findings.page.asks_for_consent:
        sentence = "The code is there, and your consent banner has never said yes to it."
        return broken(key, title, "never_consents", sentence, "Let the banner call setConsent with storage granted.")
    if findings is not None and findings.page.keys:
        return Step(key, title, StepState.CLAIMED, "The code is on your page. Open the shop once, so that it reports itself.")
    if findings is not None and findings.error is not None:
        return Step(key, title, StepState.TODO, "Your shop's page could not be read; a visit will show.", where)
    return Step(key, title, StepState.TODO, "No page of your shop has reported itself yet.", where)


def confirmation_step(guide: Guide, seen: Seen) -> Step:
    """The code on the page after an order."""
    key, title = "confirmation", "Confirmation code"
    where = f"{guide.confirmation['menu']}. {guide.confirmation['position']}"
    at = seen.at("order_seen")
    keywords = seen.at("keyword_not_replaced")
    if keywords is not None and (at is None or keywords >= at):
        field = (seen.signals["keyword_not_replaced"].get("sample") or {}).get("field") or "order_id"
        sentence = f"An order came with the keyword for {order_field_text(field)} as it stands, not with its value."
        remedy = f"Put the code where keywords are replaced: {where}"
        if guide.keywords:
            remedy += " Where your screen shows keywords beside that field, add each to the end of its list in the code."
        return broken(key, title, "keyword_not_replaced", sentence, remedy)
    if at is None:
        return Step(key, title, StepState.TODO, "No order has been reported yet.", where)
    if _was_shown_without_an_order(seen, at):
        page = seen.page_of("confirmation_without_order") or "Your confirmation page"
        sentence = f"{page} was shown after your last reported order, and reported none: the confirmation code is not on it."
        return broken(key, title, "code_gone", sentence, f"Paste it again: {where}")
    if (elsewhere := _reported_elsewhere(guide, seen)) is not None:
        return elsewhere
    if _has_unread_fields(seen):
        return _with_unread_fields(seen)
    if seen.since("server_clock_skew", QUIET):
        return _with_wrong_clock(seen)
    found = found_keywords(guide, seen.signals)
    sentence = "An order was reported." + (f" Your shop replaces {', '.join(found.values())}." if found else "")
    return Step(key, title, StepState.VERIFIED, sentence, proof=seen.page_of("order_seen"))


def _reported_elsewhere(guide: Guide, seen: Seen) -> Step | None:
    """The last order came from another page than the merchant has named; the platform's own stands for any."""
    where = f"{guide.confirmation['menu']}. {guide.confirmation['position']}"
    stated, path = seen.answer(Question.CONFIRMATION_PAGE), (seen.signals["order_seen"].get("sample") or {}).get("path")
    if stated and path and stated != guide.confirmation.get("page") and not path.startswith(stated):
        sentence = f"An order was reported from {path}, and the confirmation page that you have named is {stated}."
        remedy = f"Name the page that orders come from, or move the code there: {where}"
        return broken("confirmation", "Confirmation code", "another_confirmation_page", sentence, remedy)
    return None


def _was_shown_without_an_order(seen: Seen, order_at: datetime) -> bool:
    """The page that used to report orders was visited, and none came with it.

    Somebody who comes back to an old confirmation may see it without the code: one such visit counts for a day.
    """
    at = seen.at("confirmation_without_order")
    if at is None or at <= order_at:
        return False
    is_busy = ((seen.signals["order_seen"].get("sample") or {}).get("count") or 1) > 1
    if is_busy and seen.now - at < REPORTED_WITHIN:
        return False
    return seen.now - at <= QUIET or seen.signals["confirmation_without_order"]["count"] > 1


def _has_unread_fields(seen: Seen) -> bool:
    """A server's order lacked something within the day, and none that came well after it was read whole."""
    unread, whole = seen.at("server_field_unread"), seen.at("server_order_read")
    return (
        unread is not None and seen.since("server_field_unread", QUIET) and (whole is None or whole < unread + REPORTED_WITHIN)
    )


def _with_unread_fields(seen: Seen) -> Step:
    """The confirmation step whose orders count, and silence, but report less than they could."""
    signal = seen.signals["server_field_unread"]
    field = order_field_text((signal.get("sample") or {}).get("field") or "")
    count = signal["count"]
    orders = "1 order" if count == 1 else f"{count} orders"
    sentence = (
        f"Orders are reported. {orders} from your server lately had something that could not be read, the last one {field}."
    )
    remedy = (
        "Send the field as our answer to such an order asks for it under warnings; what each field takes is on the page of the"
        " order API. This goes with the first order that is read whole."
    )
    proof = seen.page_of("order_seen")
    return Step("confirmation", "Confirmation code", StepState.VERIFIED, sentence, remedy, proof, "server_field_unread")


def _with_wrong_clock(seen: Seen) -> Step:
    """The confirmation step whose orders count by the time at which they came: a wrong date must not let a reminder out."""
    offset = (seen.signals["server_clock_skew"].get("sample") or {}).get("offset_seconds") or 0
    way = "behind" if offset > 0 else "ahead of"
    distance = rounded_in_words(abs(offset))
    sentence = f"Orders are reported. Your server dates them {distance} {way} the time at which we get them."
    remedy = (
        "Set your server's clock, and write placed_at with its own time zone. Orders that you report late on purpose name"
        " their origin: batch or import. Until then carts that were filled since an order's date count as probably bought."
    )
    proof = seen.page_of("order_seen")
    return Step("confirmation", "Confirmation code", StepState.VERIFIED, sentence, remedy, proof, "server_clock_skew")


def opt_in_step(guide: Guide, seen: Seen) -> Step:
    """The box beside the phone field."""
    key, title = "opt_in", "SMS opt-in box"
    where = f"{guide.opt_in['menu']}. Label it: {guide.opt_in['label']}"
    if seen.lately("opt_in_pre_ticked", seen.at("opt_in_seen")):
        sentence = "The box was ticked before the shopper came: that is no consent, and nobody is texted for it."
        return broken(key, title, "pre_ticked", sentence, f"Leave the box unticked: {where}")
    if seen.at("opt_in_seen") is not None:
        return Step(key, title, StepState.VERIFIED, "A shopper ticked the box.", proof=seen.page_of("opt_in_seen"))
    if seen.at("phone_seen") is not None:
        sentence = "Phones are typed in your shop, and there is no box beside them."
        return broken(key, title, "no_opt_in_field", sentence, f"Add the box: {where}")
    return Step(key, title, StepState.TODO, "Nobody has ticked the box yet.", where)


def push_step(site: SiteConfigured, seen: Seen) -> Step:
    """The worker file on the shop's own address. Without a path the shop offers no push, and may go live all the same."""
    key, title = "push", "Web push"
    if site.worker_path is None:
        return Step(key, title, StepState.TODO, "Not offered yet.", "Upload the worker file and name its path.")
    worker = None if seen.findings is None else seen.findings.worker
    if worker is None:
        return Step(key, title, StepState.CLAIMED, f"You have named {site.worker_path}; it was not looked at yet.")
    if worker in WORKER_FAULTS:
        fault, sentence, remedy = WORKER_FAULTS[worker]
        return broken(key, title, fault, sentence, remedy)
    return Step(key, title, StepState.VERIFIED, "The worker file is there, as it should be.", proof=site.worker_path)


def steps_of(site: SiteConfigured, guide: Guide, seen: Seen) -> list[Step]:
    """The steps that the shop itself shows. Sender, campaign, opt-outs and going live are on the pages of those names."""
    return [
        platform_step(site, guide, seen),
        tracking_step(site, guide, seen),
        confirmation_step(guide, seen),
        *([webhook_step(site, guide, seen)] if guide.webhook else []),
        *([source_step(site, guide, seen)] if guide.source else []),
        carts_step(seen),
        contacts_step(site, seen),
        opt_in_step(guide, seen),
        *([alias_step(site, guide, seen)] if guide.alias else []),
        push_step(site, seen),
    ]
