"""Step of the platform's own webhook, which reports each order signed: what was delivered, and what was wrong with it. Pure."""

from services.onboarding.platforms import Guide
from services.onboarding.setup.checklist import STALE, Seen, Step, StepState, broken
from shared.events.settings import SiteConfigured

KEY, TITLE = "webhook", "Orders by webhook"
FAULTS = {
    "signature": ("bad_signature", "A delivery came that is not signed with the stored secret.", "Copy the secret again."),
    "event": ("wrong_event", "A delivery came of another event than an order.", "Make a webhook for new orders."),
    "format": ("wrong_format", "An order came in another format than JSON.", "Choose the format JSON."),
}
"""By what ingest found wrong: the name of the fault, what a merchant reads of it, and the remedy."""


def webhook_step(site: SiteConfigured, guide: Guide, seen: Seen) -> Step:
    """Whether the platform reports orders itself. A shop may go live without: its confirmation code reports orders."""
    where = f"{guide.webhook['menu']}. {guide.webhook['how']}"
    if not has_secret(site):
        if seen.lately("webhook_refused"):
            sentence = "A delivery came, and there is no secret here to check it with."
            return broken(KEY, TITLE, "no_secret", sentence, f"Paste the secret: {where}")
        return Step(KEY, TITLE, StepState.TODO, "Your platform does not report orders itself yet.", where)
    if _is_refused(seen):
        fault, sentence, remedy = FAULTS.get(_refused_for(seen), FAULTS["signature"])
        return broken(KEY, TITLE, fault, sentence, f"{remedy} {where}")
    if seen.at("webhook_seen") is not None:
        return Step(KEY, TITLE, StepState.VERIFIED, guide.webhook["proof"])
    if seen.at("webhook_tested") is not None:
        return Step(
            KEY, TITLE, StepState.VERIFIED, "A test delivery came with the right secret. The first order is still to come."
        )
    return Step(KEY, TITLE, StepState.CLAIMED, "The secret is stored. Nothing was delivered yet.", where)


def has_secret(site: SiteConfigured) -> bool:
    """Whether a secret is stored, with which deliveries are checked."""
    return any(secret.name == "order_webhook" for secret in site.secrets)


def _is_refused(seen: Seen) -> bool:
    """Whether what was wrong holds: until a delivery is right. A shop whose orders come may send other events beside them."""
    ordered_at = seen.at("webhook_seen")
    right_at = max((at for at in (ordered_at, seen.at("webhook_tested")) if at is not None), default=None)
    if not seen.lately("webhook_refused") or (ordered_at is not None and _refused_for(seen) == "event"):
        return False
    return right_at is None or seen.now - right_at > STALE


def _refused_for(seen: Seen) -> str:
    return (seen.signals["webhook_refused"].get("sample") or {}).get("field") or "signature"
