"""Steps of what Beckon reads of the shop's pages: carts, and the fields for an e-mail address and a phone. Pure."""

from datetime import datetime, timedelta

from services.onboarding.setup.checklist import Question, Seen, Statement, Step, StepState, broken
from services.onboarding.texting.senders import is_texting
from shared.events.settings import SiteConfigured
from shared.events.signals import MOST_SAMPLED_LINES, SampledCart
from shared.messages.item_names import name_hash, shown_name

ORDERS_WITHOUT_CARTS = timedelta(days=1)
"""Orders that go on for so long after the last cart came from carts that were not read."""
OTHERWISE = "Point at your cart in your own shop, or send it from your own code with setCart"
YES, NO = "yes", "no"
POINTING = "pointing"


def cart_of(seen: Seen) -> SampledCart | None:
    """The cart that was read last; None before the first."""
    sampled = (seen.signals.get("cart_seen", {}).get("sample") or {}).get("cart")
    return None if sampled is None else SampledCart.model_validate(sampled)


def names_in(cart: SampledCart | None) -> str:
    """The names of a cart's lines, one a line: the form holds what its merchant was shown, and not what came since."""
    return "" if cart is None else "\n".join(line.name for line in cart.lines)


def confirmed_names(cart: SampledCart, shown: str) -> list[str]:
    """The names, as they are kept, that the merchant was shown in this cart: some pages are drawn by scripts and bear none."""
    known = {name_hash(name) for name in shown.splitlines()[:MOST_SAMPLED_LINES] if shown_name(name) is not None}
    return list(dict.fromkeys(hashed for line in cart.lines if (hashed := name_hash(line.name)) in known))


def reader_text(cart: SampledCart) -> str:
    """Who read a cart, for people."""
    return "sent by your own code" if cart.reader is None else f"read by: {cart.reader}"


def carts_step(seen: Seen) -> Step:
    """Whether carts come in as shoppers see them: the merchant has compared one, or sends them from the shop's own code."""
    key, title = "carts", "Carts are read"
    cart, own_code = cart_of(seen), seen.answer(Question.OWN_CARTS) == YES
    if _orders_come_without(seen, "cart_seen"):
        sentence = "Orders come in, and no cart was read before them."
        return broken(key, title, "no_carts", sentence, f"{OTHERWISE}.")
    if seen.lately("reader_failed", seen.at("cart_seen")):
        what = (seen.signals["reader_failed"].get("sample") or {}).get("field") or "a reader"
        sentence = f"What reads carts has failed on {seen.page_of('reader_failed')} ({what}), and no cart came since."
        return broken(key, title, "reader_failed", sentence, f"{OTHERWISE}.")
    if cart is None:
        if own_code:
            return Step(key, title, StepState.CLAIMED, "You send carts from your own code. None has come yet.")
        remedy = "Put two products into the cart of your shop, and open the cart's page."
        return Step(key, title, StepState.TODO, "No cart has been read yet.", remedy)
    if cart.unread_lines:
        sentence = f"A cart came with lines that could not be read: {cart.unread_lines}."
        return broken(key, title, "lines_unread", sentence, f"{OTHERWISE}: each line needs a product and a quantity.")
    proof = f"{seen.page_of('cart_seen')}, {reader_text(cart)}"
    if own_code:
        return Step(key, title, StepState.VERIFIED, "Your own code sends carts.", proof=proof)
    return _compared(seen, cart, proof)


def _compared(seen: Seen, cart: SampledCart, proof: str) -> Step:
    key, title = "carts", "Carts are read"
    statement = seen.statements.get(Question.CART_IS_RIGHT)
    if statement is not None and _holds(statement, cart, seen.pointed_at):
        if statement.answer == YES:
            return Step(key, title, StepState.VERIFIED, "Carts are read, and you have found one to be right.", proof=proof)
        return broken(key, title, "cart_is_wrong", "You have found the cart that was read to be wrong.", f"{OTHERWISE}.")
    if cart.total is None:
        return broken(key, title, "no_total", "A cart was read without its total.", f"{OTHERWISE} and its total.")
    how = "" if statement is None else " in another way than the one that you compared"
    sentence = f"A cart was read{how}. Compare it with the cart in your shop: is it right?"
    return Step(key, title, StepState.CLAIMED, sentence, proof=proof)


def _holds(statement: Statement, cart: SampledCart, pointed_at: datetime | None) -> bool:
    """Whether an answer is about how carts are read now: by the same reader, as it was pointed out then."""
    is_pointed_anew = cart.reader == POINTING and pointed_at is not None and pointed_at > statement.stated_at
    return statement.reader == cart.reader and not is_pointed_anew


def contacts_step(site: SiteConfigured, seen: Seen) -> Step:
    """Whether shoppers are known before they order: by an e-mail address and, where the campaign has texts, by a phone."""
    key, title = "contacts", "E-mail and phone fields found"
    fields = {"e-mail": seen.at("email_seen"), "phone": _latest(seen.at("phone_seen"), seen.at("opt_in_seen"))}
    wanted = ("e-mail", "phone") if is_texting(site) else ("e-mail",)
    missing = [name for name in wanted if fields[name] is None]
    if not missing:
        proof = seen.page_of("email_seen")
        return Step(key, title, StepState.VERIFIED, f"Typed values are known: {' and '.join(wanted)}.", proof=proof)
    if len(missing) == len(wanted) and _orders_come_without(seen, "email_seen"):
        remedy = "Point at the fields in your own shop, or send what is typed from your own code with setEmail and setPhone."
        return broken(key, title, "no_contacts", "Orders come in, and nobody was known before them.", remedy)
    if seen.answer(Question.OWN_CARTS) == YES:
        return Step(key, title, StepState.CLAIMED, f"Your own code sends contacts. Not seen yet: {' and '.join(missing)}.")
    remedy = "Type both in your shop as a shopper would, up to the last page before the order."
    return Step(key, title, StepState.TODO, f"Not found yet: {' and '.join(missing)}.", remedy)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _orders_come_without(seen: Seen, kind: str) -> bool:
    """An order came, and no such thing before it or within the day."""
    order, other = seen.at("order_seen"), seen.at(kind)
    return order is not None and (other is None or order - other > ORDERS_WITHOUT_CARTS)


def is_met(step: Step, seen: Seen) -> bool:
    """Whether going live needs nothing more of it: it is verified, or the merchant's own code sees to it."""
    return step.state is StepState.VERIFIED or seen.answer(Question.OWN_CARTS) == YES
