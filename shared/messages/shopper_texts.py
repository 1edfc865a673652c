"""Texts of what shoppers see on a page: one table, each text in every language side by side."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Language(StrEnum):
    """A language that shoppers are shown, by its code (ISO 639)."""

    EN = "en"
    ES = "es"


NAMES: Final[Mapping[Language, str]] = {Language.EN: "English", Language.ES: "Spanish"}
"""What the console calls them."""

TEXTS: Final[Mapping[str, Mapping[Language, str]]] = {
    "saved_title": {Language.EN: "Your saved cart at {brand}", Language.ES: "Tu carrito guardado en {brand}"},
    "saved_heading": {Language.EN: "Your saved cart", Language.ES: "Tu carrito guardado"},
    "any_item": {Language.EN: "Item", Language.ES: "Artículo"},
    "picture": {Language.EN: "Picture of {name}", Language.ES: "Imagen de {name}"},
    "total": {Language.EN: "Total", Language.ES: "Total"},
    "prices_then": {
        Language.EN: "Prices are those of your last visit.",
        Language.ES: "Los precios son los de tu última visita.",
    },
    "more_items": {Language.EN: "And {count} more in your cart.", Language.ES: "Y {count} más en tu carrito."},
    "to_shop": {Language.EN: "Go to the shop", Language.ES: "Ir a la tienda"},
    "no_more_messages": {
        Language.EN: "Get no more messages from {brand}",
        Language.ES: "No recibir más mensajes de {brand}",
    },
    "opt_out_title": {Language.EN: "Messages from {brand}", Language.ES: "Mensajes de {brand}"},
    "opt_out_question": {
        Language.EN: "Get no more messages from {brand}?",
        Language.ES: "¿No recibir más mensajes de {brand}?",
    },
    "opt_out_yes": {Language.EN: "Yes, stop all messages", Language.ES: "Sí, detener todos los mensajes"},
    "opt_out_done": {
        Language.EN: "You will get no more messages from {brand}",
        Language.ES: "No recibirás más mensajes de {brand}",
    },
    "opt_out_undo": {
        Language.EN: "This counts from now on. If you change your mind, reply START to one of our texts.",
        Language.ES: "Vale desde ahora. Si cambias de opinión, responde START a uno de nuestros mensajes.",
    },
    "gone_title": {Language.EN: "This link has ended", Language.ES: "Este enlace ha caducado"},
    "gone_text": {
        Language.EN: "Links to saved carts live for 60 days. Please go to the shop directly.",
        Language.ES: "Los enlaces a carritos guardados duran 60 días. Ve directamente a la tienda.",
    },
    "sample_title": {Language.EN: "This is a sample link", Language.ES: "Este es un enlace de muestra"},
    "sample_text": {
        Language.EN: "It came with a test message. In a reminder it opens the shopper's cart.",
        Language.ES: "Llegó con un mensaje de prueba. En un recordatorio abre el carrito del comprador.",
    },
    "push_label": {Language.EN: "Notifications from {brand}", Language.ES: "Notificaciones de {brand}"},
    "push_question": {
        Language.EN: "We may remind you of your cart by notification: twice at most, and off at any time in your browser.",
        Language.ES: "Podemos recordarte tu carrito con una notificación: dos veces como máximo, y la desactivas cuando "
        "quieras en tu navegador.",
    },
    "push_yes": {Language.EN: "Yes, remind me", Language.ES: "Sí, recordármelo"},
    "push_no": {Language.EN: "Not now", Language.ES: "Ahora no"},
}

LONGEST_HEADER = 200
_ACCEPTED = re.compile(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9-]{1,30})?\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?")


def text_of(key: str, language: Language, **fields: object) -> str:
    """A text of the table with its fields filled in."""
    return TEXTS[key][language].format(**fields)


def language_in(name: str | None) -> Language | None:
    """The language of a code such as ``es-MX``; None where the table does not have it."""
    main = (name or "").strip()[:LONGEST_HEADER].replace("_", "-").partition("-")[0].lower()
    return Language(main) if main in tuple(Language) else None


def language_for(accepted: str, own: str | None) -> Language:
    """The best of an Accept-Language header (RFC 9110, 12.5.4) that the table has; else the shop's own, else English."""
    known = (language_in(name) for name in _by_preference(accepted[:LONGEST_HEADER].split(",")))
    return next((each for each in known if each is not None), None) or language_in(own) or Language.EN


def _by_preference(parts: Iterable[str]) -> list[str]:
    found = [match for part in parts if (match := _ACCEPTED.fullmatch(part)) is not None]
    weighed = [(match[1], float(match[2] or 1)) for match in found]
    return [name for name, weight in sorted(weighed, key=lambda each: -each[1]) if weight > 0]
