"""Debian's Firefox, driven over WebDriver BiDi: a websocket and a few commands."""

import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from shared.events.identifiers import cart_id_of
from tests.support.browsers.push_shoppers import ENDPOINT, IS_SUBSCRIBED, SHOWN
from tests.support.browsers.shoppers import OUTBOX_IS_EMPTY, WHO
from tests.support.processes.running import Running
from tests.support.processes.servers import free_port
from tests.support.waiting import wait_for

PATIENCE_SECONDS = 100.0
GONE = ("no such frame", "AbortError", "destroyed")
"""What Firefox answers for a page that goes meanwhile."""
BINARY = shutil.which("firefox-esr") or shutil.which("firefox") or "firefox-esr"
PREFS: dict[str, object] = {
    "dom.push.testing.allowInsecureServerURL": True,
    "dom.push.connection.enabled": True,  # the remote agent switches it off
    "dom.push.alwaysConnect": True,
    "alerts.useSystemBackend": False,  # without a notification daemon every notification would fail
    "permissions.default.desktop-notification": 1,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "browser.safebrowsing.update.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    # Of the whole browser, in which a test has sixty shoppers at once.
    "dom.fetchKeepalive.request_limit_per_origin": 1_000,
    "dom.fetchKeepalive.total_request_limit": 1_000,
}
TYPE = """() => {
    const type = (field, text) => {
        field.value = text;
        field.dispatchEvent(new Event('change', {bubbles: true}));
    };
    type(document.querySelector('#email'), %s);
    type(document.querySelector('#phone'), %s);
    document.querySelector('[name=sms_opt_in]').click();
}"""


class PageGone(AssertionError):
    """The page went, as another came in its place, before it had answered."""


class Firefox:
    """One browser with a profile that lasts."""

    def __init__(self, profile: Path, push_server: str, needs: Mapping[str, object] | None = None) -> None:
        profile.mkdir(parents=True, exist_ok=True)
        prefs = PREFS | {"dom.push.serverURL": push_server}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in prefs.items()]
        (profile / "user.js").write_text("\n".join(lines))
        port = free_port()
        command = [BINARY, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", str(port)]
        command.append("--remote-allow-system-access")  # a notification is a window of the browser's own
        environment = {**os.environ, "MOZ_DISABLE_CONTENT_SANDBOX": "1", "MOZ_CRASHREPORTER_DISABLE": "1"}
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        self._numbers = itertools.count(1)
        self._open = ExitStack()
        self._socket = wait_for("Firefox", lambda: _connected(self._open, port), 40)
        self.command("session.new", capabilities={"alwaysMatch": {**(needs or {})}})
        (self._context,) = self.tabs()

    @property
    def tab(self) -> str:
        """The one that is driven."""
        return self._context

    def opens_tab(self) -> None:
        """Goes on in a new one."""
        self._context = self.command("browsingContext.create", type="tab")["context"]

    def shows(self, tab: str) -> None:
        """Goes on in another one."""
        self.command("browsingContext.activate", context=tab)
        self._context = tab

    def goes_back(self) -> None:
        """As by the button."""
        self.command("browsingContext.traverseHistory", context=self._context, delta=-1)

    def tabs(self) -> list[str]:
        """The open ones."""
        return [each["context"] for each in self.command("browsingContext.getTree")["contexts"]]

    def clicks_on_the_notification(self) -> None:
        """On its window, as a mouse does; goes on in the tab that opens."""
        before = self.tabs()
        alert = wait_for("the notification's window", self._alert)
        click = "document.getElementById('alertBox').click()"
        self.command("script.evaluate", expression=click, target={"context": alert}, awaitPromise=False)
        self._context = wait_for("a new tab", lambda: next((tab for tab in self.tabs() if tab not in before), None))

    def _alert(self) -> str | None:
        windows = self.command("browsingContext.getTree", **{"moz:scope": "chrome"})["contexts"]
        return next((each["context"] for each in windows if each["url"].endswith("/alert.xhtml")), None)

    def command(self, method: str, **parameters: object) -> dict[str, Any]:
        """One command and its answer."""
        return self._answer(method, parameters, PATIENCE_SECONDS)

    def _answer(self, method: str, parameters: dict[str, object], seconds: float) -> dict[str, Any]:
        """The answer to a command; events in between are passed over.

        Raises:
            TimeoutError: there was none within ``seconds``.
            PageGone: the page that was to answer is not there any more.
        """
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=seconds))
            if answer.get("id") == number:
                if answer["type"] == "error" and any(each in f"{answer['error']} {answer['message']}" for each in GONE):
                    raise PageGone(answer["message"])
                assert answer["type"] == "success", answer
                result: dict[str, Any] = answer["result"]
                return result

    def goes_to(self, address: str) -> None:
        """Load a page whole. A load that one of the page's own overtakes is asked for again.

        Firefox answers for such a load with an error, or never.
        """
        try:
            self._navigate(address, PATIENCE_SECONDS / 5)
        except (TimeoutError, AssertionError):
            self._navigate(address, PATIENCE_SECONDS)

    def _navigate(self, address: str, seconds: float) -> None:
        self._answer("browsingContext.navigate", {"context": self._context, "url": address, "wait": "complete"}, seconds)

    def run(self, function: str) -> Any:
        """What a function of the page returns, as JSON."""
        expression = f"Promise.resolve(({function})()).then((value) => JSON.stringify(value === undefined ? null : value))"
        answer = self.command(
            "script.evaluate", expression=expression, target={"context": self._context}, awaitPromise=True, userActivation=True
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def asks(self, function: str) -> Any:
        """What a function that changes nothing returns: of the next page, where the one that is shown goes meanwhile."""

        def answer() -> tuple[Any] | None:
            try:
                return (self.run(function),)
            except PageGone:
                return None

        return wait_for("a page that stays", answer)[0]

    def clicks_at(self, x: int, y: int) -> None:
        """As a mouse does, at a place of the page as it is shown."""
        move = {"type": "pointerMove", "x": x, "y": y}
        acts = [move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._acts({"type": "pointer", "id": "mouse", "actions": acts})

    def presses(self, key: str) -> None:
        """One key, by the character that WebDriver has for it."""
        self._acts(
            {"type": "key", "id": "keys", "actions": [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]}
        )

    def _acts(self, source: dict[str, object]) -> None:
        self.command("input.performActions", context=self._context, actions=[source])

    def closes(self) -> None:
        """Quit, as a person does: what it knows is on the disk."""
        self.command("browser.close")
        self._open.close()
        self._process.wait(PATIENCE_SECONDS)


def _connected(stack: ExitStack, port: int) -> ClientConnection | None:
    try:
        return stack.enter_context(connect(f"ws://127.0.0.1:{port}/session", max_size=None, open_timeout=5))
    except (OSError, WebSocketException, TimeoutError):
        return None


class FirefoxShopper:
    """The same person as ``PushShopper``, in Firefox."""

    def __init__(self, beckon: Running, profile: Path) -> None:
        self._beckon = beckon
        self._profile = profile
        self._who: dict[str, Any] = {}
        self.opens()

    def opens(self) -> None:
        """Starts the browser, with what it remembers."""
        self._firefox = Firefox(self._profile, f"ws://127.0.0.1:{self._beckon.ports.of('demo')}/push")

    def closes(self) -> None:
        """Leaves."""
        self._firefox.closes()

    def visits(self, path: str = "/") -> None:
        """Looks at a page until everything about it was reported."""
        self._firefox.goes_to(self._beckon.shop(path))
        self.settles()

    def settles(self) -> None:
        """Until the snippet's outbox is empty."""
        wait_for("the snippet", lambda: self._firefox.asks("() => !!(window._beckon && window._beckon.v)"))
        wait_for("an empty outbox", lambda: self._firefox.asks(OUTBOX_IS_EMPTY))
        self._who = wait_for("the visitor", lambda: self._firefox.asks(WHO))

    def cart_id(self, site_id: str) -> str:
        """The cart that this browser had when it was last seen."""
        return str(cart_id_of(UUID(site_id), self._who["v"], self._who["s"]))

    def fills_a_cart(self, wine: str = "old-harbor-red") -> None:
        """Takes a wine."""
        self.visits(f"/wines/{wine}")
        self._submits("[name=add]", "/cart")

    def _submits(self, button: str, leads_to: str) -> None:
        self._firefox.run(f"() => document.querySelector({json.dumps(button)}).click()")
        wait_for(f"the page {leads_to}", lambda: self._firefox.asks("() => location.pathname").startswith(leads_to))
        wait_for("the whole page", lambda: self._firefox.asks("() => document.readyState === 'complete'"))
        self.settles()

    def agrees(self) -> None:
        """Taps our question."""
        asked = "() => !!document.querySelector('beckon-push')"
        wait_for("the question", lambda: self._firefox.asks(asked))
        self._firefox.run("() => document.querySelector('beckon-push').shadowRoot.querySelector('button').click()")
        wait_for("a subscription", lambda: self._firefox.asks(IS_SUBSCRIBED))
        self.settles()

    def token(self) -> str:
        """What the push service calls this browser's subscription."""
        return str(self._firefox.asks(ENDPOINT)).rpartition("/")[2]

    def unsubscribes(self) -> None:
        """As the browser's own settings do it."""
        assert self._firefox.run(
            "async () => (await (await navigator.serviceWorker.getRegistration()).pushManager.getSubscription()).unsubscribe()"
        )

    def has_reported_the_end(self) -> None:
        """The next page has found that there is no subscription any more, and reported it."""
        wait_for("the end reported", lambda: not self._firefox.asks(IS_SUBSCRIBED))
        self.settles()

    def buys(self, email: str) -> None:
        """Checks out."""
        self.visits("/checkout")
        self._firefox.run(f"() => {{ document.querySelector('#email').value = {json.dumps(email)}; }}")
        self._submits("form.fields button", "/checkout/pay")
        self._submits("form.fields button", "/orders")

    def notifications(self) -> list[dict[str, Any]]:
        """What is on the screen."""
        shown: list[dict[str, Any]] = self._firefox.asks(SHOWN)
        return shown

    def types(self, email: str, phone: str) -> None:
        """Gives contacts at the checkout, with the box ticked, and stays."""
        self.visits("/checkout")
        self._firefox.run(TYPE % (json.dumps(email), json.dumps(phone)))
        self.settles()

    def taps(self) -> str:
        """Clicks on the notification. Returns the address of the page that it leads to, once that is whole."""
        self._firefox.clicks_on_the_notification()
        wait_for("the shop", lambda: self._firefox.asks("() => document.readyState === 'complete' && !!window._beckon"))
        self.settles()
        return str(self._firefox.asks("() => location.href"))

    def reads(self) -> str:
        """What the page says."""
        return str(self._firefox.asks("() => document.body.innerText"))
