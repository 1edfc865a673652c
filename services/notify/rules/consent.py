"""The rule of consent: given in this browser, confirmed from its handset, and not withdrawn since."""

from services.notify.rules.bindings import Binding
from services.notify.rules.suppression import Suppression
from shared.events.reasons import Reason

NOT_ASKED = (Reason.ASKED_RECENTLY, Reason.CONTESTED)
"""Why a number was not asked for this browser, where that is for another browser's sake."""


def consent_refusal(binding: Binding, suppression: Suppression) -> Reason | None:
    """The reason why a binding may not be used, None where it may. No new tick or START restores what was withdrawn."""
    confirmed = binding.confirmed_at
    if binding.withdrawn_at is not None and (confirmed is None or binding.withdrawn_at >= confirmed):
        return Reason.WITHDRAWN
    if binding.box_state == "pre_ticked":
        return Reason.NO_CONSENT
    if confirmed is None:
        return next((why for why in NOT_ASKED if binding.refused_reason == why.value), Reason.NOT_CONFIRMED)
    stopped, lifted = suppression.suppressed_at, suppression.lifted_at
    reopened = stopped is not None and lifted is not None and lifted > stopped
    return Reason.NOT_CONFIRMED if reopened and stopped is not None and confirmed <= stopped else None
