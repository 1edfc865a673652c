"""``make screenshots``: the console's overview and a cart's timeline as pictures, after a few shoppers have visited a demo."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from deploy.local.ports import Ports
from deploy.local.reset import wipe
from deploy.local.services import DEMO_ACCOUNT
from tests.support.browsers.shoppers import Shopper, chromium
from tests.support.processes.running import Running, free_base_port
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.story import Thread, report_order
from tests.support.waiting import wait_for

TIMING = {"BECKON_DEMO_ABANDONED_AFTER": "4", "BECKON_DEMO_STEP_DELAY": "12"}
MOST_BYTES = 150_000
SIZE: ViewportSize = {"width": 1280, "height": 800}


def main(folder: Path) -> None:
    """Start a Beckon of its own, let shoppers visit, save the pictures, and leave nothing behind but them."""
    folder.mkdir(parents=True, exist_ok=True)
    state = Path(tempfile.mkdtemp(prefix="beckon-screenshots-")) / "state"
    running = Running(state, Ports(free_base_port()), TIMING)
    try:
        running.start()
        with sync_playwright() as playwright, chromium(playwright) as browser:
            take(running, browser, folder)
    finally:
        running.stop()
        wipe(state)


def take(beckon: Running, browser: Browser, folder: Path) -> None:
    """Both pictures, of the console of the demo's merchant."""
    password = beckon.secrets()["console_password"]
    console = ConsoleApi(beckon.console("").rstrip("/"), DEMO_ACCOUNT, password)
    cart_id = shoppers_visit(beckon, browser, console)
    page = browser.new_context(viewport=SIZE, color_scheme="light", locale="en-US").new_page()
    sign_in(page, beckon.console("/signin"), password)
    site = beckon.console(f"/sites/{console.site_id}")
    for name, address in {"overview": site, "cart": f"{site}/carts/{cart_id}"}.items():
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.locator("h1, .timeline li:last-child").last.scroll_into_view_if_needed()
        picture = folder / f"{name}.png"
        page.screenshot(path=picture)
        assert picture.stat().st_size <= MOST_BYTES, f"{picture} is too large for a repository"


def shoppers_visit(beckon: Running, browser: Browser, console: ConsoleApi) -> str:
    """One buys before the reminder, one answers STOP, one comes back by the reminder and buys. Returns the last one's cart."""
    carrier, key = CarrierLog(beckon.ports.address("demo")), console.new_secret_key()
    back, first, gone = (Thread(browser, beckon, carrier, console, f"+1423555{n}") for n in ("0142", "0157", "0163"))
    first.abandons_a_cart()
    report_order(beckon, key, order_id="W-2044", status="placed", total="64.00", currency="USD", phone=first.number)
    gone.abandons_a_cart()
    gone.handset.answers("STOP")
    back.leaves_a_cart()
    wait_for("the reminder", lambda: carrier.reminders_to(back.number), 60)
    cart_id: str = back.cart["cart_id"]
    elsewhere = Shopper(browser, beckon)
    elsewhere.follows(back.handset.link())
    order_id = elsewhere.pays(back.email, back.number)
    report_order(beckon, key, order_id=order_id, status="placed", total="24.50", currency="USD", phone=back.number)
    wait_for("the recovered order", lambda: console.overview()["recovered"], 60)
    wait_for("a silenced cart", lambda: console.overview()["silenced"], 60)
    return cart_id


def sign_in(page: Page, address: str, password: str) -> None:
    """As the demo's merchant."""
    page.goto(address)
    page.get_by_label("E-mail").fill(DEMO_ACCOUNT)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
