"""The sandbox of Shopify's custom pixels: a frame without an origin, with what it may ask of the page around it."""

import json
from typing import Any

SANDBOX = """
var answers = [];
window.addEventListener('message', function (event) { answers[event.data.answer](event.data.value); });
var browser = {cookie: {get: function (name) {
  return new Promise(function (answer) {
    parent.postMessage({method: 'cookie.get', name: name, number: answers.push(answer) - 1}, '*');
  });
}}};
var subscriptions = [];
var analytics = {subscribe: function (name, callback) { subscriptions.push([name, callback]); }};
"""
PUBLISH = """
subscriptions.forEach(function (each) { if (each[0] === happened.name || each[0] === 'all_events') each[1](happened); });
"""


def pixel_page(pixel: str, event: dict[str, Any]) -> str:
    """The frame's document: the sandbox, the merchant's pixel, and an event for it."""
    happened = json.dumps(event).replace("<", "\\u003c")
    return (
        f"<!doctype html><script>{SANDBOX}</script><script>{pixel}</script><script>var happened = {happened};{PUBLISH}</script>"
    )
