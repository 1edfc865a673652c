"""What a PHP snippet of ``woocommerce_thankyou`` writes into the page: as much of PHP as a merchant's code needs for it."""

import json
import re
from collections.abc import Mapping
from typing import Any

_ENTRY = re.compile(r"'(\w+)'\s*=>\s*[^,]*?\$order->(\w+)\(\)(?:\s*\?[^,]*)?,")
_ECHO = re.compile(r"<\?php echo wp_json_encode\(.*?\); \?>")


def thankyou_html(snippet: str, order: Mapping[str, Any]) -> str:
    """The text between ``?>`` and ``<?php``, its array of the order's own values put in as JSON.

    A snippet of HTML alone goes out as it is, as WordPress lets it.
    """
    code, opened, rest = snippet.partition("?>")
    if not opened:
        return snippet
    html = rest.rpartition("<?php")[0]
    values = {name: str(value) if (value := order[method]) else None for name, method in _ENTRY.findall(code)}
    return _ECHO.sub(lambda _: json.dumps(values).replace("<", "\\u003c"), html)
