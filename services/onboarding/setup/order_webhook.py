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
    proved_at = seen.at("webhook_seen")
    if not has_secret(site):
        if seen.lately("webhook_refused"):
            sentence = "A delivery came, and there is no secret here to check it with."
            return broken(KEY, TITLE, "no_secret", sentence, f"Paste the secret: {where}")
        return Step(KEY, TITLE, StepState.TODO, "Your platform does not report orders itself yet.", where)
    if seen.lately("webhook_refused") and (proved_at is None or seen.now - proved_at > STALE):
        fault, sentence, remedy = FAULTS.get(_refused_for(seen), FAULTS["signature"])
        return broken(KEY, TITLE, fault, sentence, f"{remedy} {where}")
    if proved_at is None:
        return Step(KEY, TITLE, StepState.CLAIMED, "The secret is stored. Nothing was delivered yet.", where)
    return Step(KEY, TITLE, StepState.VERIFIED, "Your platform reports orders, signed: they count as verified.")


def has_secret(site: SiteConfigured) -> bool:
    """Whether a secret is stored, with which deliveries are checked."""
    return any(secret.name == "order_webhook" for secret in site.secrets)


def _refused_for(seen: Seen) -> str:
    return (seen.signals["webhook_refused"].get("sample") or {}).get("field") or "signature"
