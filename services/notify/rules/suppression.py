"""Whether a recipient is suppressed: nothing goes there."""

from services.notify.opt_in.bindings import Suppression


def stands(suppression: Suppression) -> bool:
    """A merchant's word stands for good; a shopper's or a carrier's until a START that is later."""
    if suppression.by_merchant:
        return True
    stopped, lifted = suppression.suppressed_at, suppression.lifted_at
    return stopped is not None and (lifted is None or lifted <= stopped)
