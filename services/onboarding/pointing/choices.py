"""What a merchant pointed out, as the picker sends it: selectors by a strict grammar, and what they read. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from services.onboarding.shop.sites import Fault
from shared.events.envelope import PagePath
from shared.events.pointing import MOST_ALTERNATIVES, MOST_PARAMETERS, Alternatives, PageParameter, Pointing
from shared.runtime.http.untrusted import text

CART_PARTS = {"line": "Line", "title": "Title", "price": "Price", "quantity": "Quantity", "total": "Total"}
FIELD_PARTS = {"email": "E-mail field", "phone": "Phone field", "opt_in": "Opt-in box"}
PARTS = {**CART_PARTS, **FIELD_PARTS}
LONGEST_READING = 200

_ALTERNATIVES: TypeAdapter[Alternatives] = TypeAdapter(Alternatives)
_PARAMETERS: TypeAdapter[tuple[PageParameter, ...]] = TypeAdapter(tuple[PageParameter, ...])
_PATH: TypeAdapter[str] = TypeAdapter(PagePath)
_CONTACT = re.compile(r"@|\d(?:\D{0,3}\d){6}")


@dataclass(frozen=True)
class Choices:
    """A pointing, and by part what it read in the merchant's own browser."""

    pointing: Pointing
    readings: Mapping[str, str]


def read_choices(form: Mapping[str, str], number: int) -> Choices | list[Fault]:
    """The choices as the pointing of that number, or what is wrong with each of them."""
    faults: list[Fault] = []
    parts = {part: _alternatives(form, part, faults) for part in PARTS}
    path, parameters = form.get("path", ""), tuple(form.get("parameters", "").split("&")) if form.get("parameters") else ()
    has_cart = any(parts[part] for part in CART_PARTS)
    if not any(parts.values()) and not faults:
        faults.append(Fault("title", "Point something out before you save."))
    if has_cart:
        faults += [
            Fault(part, f"Point at the {PARTS[part].lower()} too: without it no cart can be read.")
            for part in ("line", "title")
            if not parts[part] and all(fault.field != part for fault in faults)
        ]
        if not _is(_PATH, path) or len(parameters) > MOST_PARAMETERS or not _is(_PARAMETERS, parameters):
            faults.append(Fault("path", "Point on a page of your shop: this address cannot be kept."))
    if faults:
        return faults
    page = {"path": path, "parameters": parameters} if has_cart else {}
    pointing = Pointing.model_validate({"number": number, **page, **parts})
    return Choices(pointing, {part: reading for part in PARTS if parts[part] and (reading := _reading(form, part))})


def _alternatives(form: Mapping[str, str], part: str, faults: list[Fault]) -> tuple[str, ...]:
    found = tuple(line for line in form.get(part, "").split("\n") if line)
    if len(found) <= MOST_ALTERNATIVES and _is(_ALTERNATIVES, found):
        return found
    faults.append(Fault(part, f"Point at the {PARTS[part].lower()} again: this is no selector that can be kept."))
    return ()


def _is(kind: TypeAdapter[str] | TypeAdapter[tuple[str, ...]], value: object) -> bool:
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return True


def _reading(form: Mapping[str, str], part: str) -> str | None:
    """A text of the shop's page, shown as text. Of a shopper's fields it is the label; what looks like a contact is dropped."""
    reading = text(form.get(f"{part}_reads"), LONGEST_READING)
    return None if reading is None or (part in FIELD_PARTS and _CONTACT.search(reading)) else reading
