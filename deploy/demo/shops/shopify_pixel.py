"""The sandbox of Shopify's custom pixels: a frame without an origin, with what it may ask of the page around it.

Both halves are in the shape that Shopify publishes (https://shopify.dev/docs/api/web-pixels-api): the frame has ``analytics``,
``browser``, ``init`` and ``api``; the page publishes events, which reach a pixel that subscribes later all the same.
"""

import json
from collections.abc import Mapping

PRIVACY = ("analyticsProcessingAllowed", "marketingAllowed", "preferencesProcessingAllowed", "saleOfDataAllowed")

SANDBOX = """
var answers = [];
var ask = function (method, name) {
  return new Promise(function (answer) {
    parent.postMessage({method: method, name: name, number: answers.push(answer) - 1}, '*');
  });
};
var browser = {
  cookie: {get: function (name) { return ask('cookie.get', name); }},
  localStorage: {getItem: function (name) { return ask('localStorage.getItem', name); }}
};
var published = [], subscriptions = [], privacySubscriptions = [];
var deliver = function (subscription, happened) {
  if (['all_events', 'all_standard_events', happened.name].indexOf(subscription[0]) >= 0) subscription[1](happened);
};
var analytics = {subscribe: function (name, callback) {
  var subscription = [name, callback];
  subscriptions.push(subscription);
  published.forEach(function (happened) { deliver(subscription, happened); });
  return Promise.resolve();
}};
var api = {analytics: analytics, browser: browser, init: init, customerPrivacy: {subscribe: function (name, callback) {
  if (name === 'visitorConsentCollected') privacySubscriptions.push(callback);
  return Promise.resolve();
}}};
var customerPrivacy = api.customerPrivacy;
window.addEventListener('message', function (event) {
  var message = event.data;
  if ('answer' in message) answers[message.answer](message.value);
  if (message.privacy) privacySubscriptions.forEach(function (callback) { callback({customerPrivacy: message.privacy}); });
  if (message.happened) {
    published.push(message.happened);
    subscriptions.forEach(function (subscription) { deliver(subscription, message.happened); });
  }
});
"""

PAGE = """
(function () {
  var frame = document.getElementById('web-pixel-sandbox-CUSTOM-1'), ready = false, waiting = [], sequence = 0;
  var post = function (message) { ready ? frame.contentWindow.postMessage(message, '*') : waiting.push(message); };
  var cookie = function (name) {
    var found = document.cookie.split('; ').find(function (each) { return each.indexOf(name + '=') === 0; });
    return found ? found.slice(name.length + 1) : '';
  };
  window.addEventListener('message', function (event) {
    if (event.source !== frame.contentWindow) return;
    var asked = event.data;
    if (asked.method === 'ready') { ready = true; waiting.splice(0).forEach(post); }
    if (asked.method === 'cookie.get') post({answer: asked.number, value: cookie(asked.name)});
    if (asked.method === 'localStorage.getItem') post({answer: asked.number, value: localStorage.getItem(asked.name)});
  });
  window.WebPixels = {
    publish: function (name, data, id) {
      post({happened: {
        id: id || 'sh-' + crypto.randomUUID(), clientId: 'c2f3a6e2-9f0f-4c53-9d0e-0b4f5f6f7a8b', name: name, type: 'standard',
        seq: sequence++, timestamp: new Date().toISOString(), data: data, context: {}
      }});
    },
    published: function () { return sequence; },
    consent: function (privacy) { post({privacy: privacy}); }
  };
})();
"""


def pixel_page(pixel: str, privacy: Mapping[str, bool]) -> str:
    """The frame's document: the sandbox, then the merchant's pixel. The page is asked for events when both are there."""
    init = json.dumps({"customerPrivacy": dict(privacy), "context": {}, "data": {}})
    return (
        f"<!doctype html><script>var init = {init};{SANDBOX}</script><script>{pixel}</script>"
        "<script>parent.postMessage({method: 'ready'}, '*')</script>"
    )
