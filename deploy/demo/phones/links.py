"""Makes the addresses in a text into links, as a phone does."""

import re

from markupsafe import Markup, escape

# Only http and https: anything else that looks like an address stays plain text.
ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


def with_links(body: str) -> Markup:
    """The text, escaped, with each web address as a link."""
    parts: list[str] = []
    end = 0
    for found in ADDRESS.finditer(body):
        address = escape(found.group())
        parts += [escape(body[end : found.start()]), f'<a href="{address}" target="_blank" rel="noopener">{address}</a>']
        end = found.end()
    return Markup("".join([*parts, escape(body[end:])]))  # noqa: S704 - every part was escaped just above
