"""With consent denied nothing of Beckon's is in a shopper's browser: the snippet's, the push file's and the worker's."""

from playwright.async_api import Page

from tests.support.browsers.snippet_lab import CART, Lab, a_lab, push
from tests.support.builders.ingest import site_settings
from tests.support.waiting import eventually

VAPID = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
DENIED = "['setConsent',{storage:'denied'}]"
WRITES = """
window.writes = [];
const setItem = Storage.prototype.setItem;
Storage.prototype.setItem = function (...given) { writes.push(given[0]); return setItem.apply(this, given) };
const {get, set} = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
Object.defineProperty(document, 'cookie', {get: () => get.call(document), set: (text) => {
    if (!text.includes('=;')) writes.push(text);
    set.call(document, text);
}});
for (const [owner, name] of [[indexedDB, 'open'], [caches, 'open'], [navigator.serviceWorker, 'register']])
    owner[name] = () => { writes.push(name); return new Promise(() => {}) };
"""
WHAT_IS_THERE = """async () => JSON.stringify([
    document.cookie, Object.keys(localStorage), Object.keys(sessionStorage), await caches.keys(),
    (await navigator.serviceWorker.getRegistrations()).map(each => each.active || each.waiting || each.installing)
        .filter(worker => worker).map(worker => new URL(worker.scriptURL).pathname),
])"""
"""A registration that is just being removed is listed for a moment, without a worker."""
HAS_A_WORKER = """async () => {
    await navigator.serviceWorker.register('/shop/own.js');
    const registration = await navigator.serviceWorker.register('/worker.js');
    while (!registration.active) await new Promise(done => setTimeout(done, 20));
    await (await caches.open('beckon')).put('/beckon/1', new Response('{}'));
}"""
NOTHING_BUT_THE_SHOPS_OWN = '["",[],[],[],["/shop/own.js"]]'


async def shop_with_push(lab: Lab) -> None:
    """The site as its merchant has switched push on, and a browser that allows notifications."""
    pushing = {"revision": 2, "vapid_public": VAPID, "worker_path": "/worker.js"}
    lab.rig.sites.apply(site_settings(hosts=(lab.shop.removeprefix("http://"),)).model_copy(update=pushing))
    for path in ("/worker.js", "/shop/own.js"):
        lab.pages[path] = "/* a worker */"
    await lab.context.grant_permissions(["notifications"], origin=lab.shop)


async def comes_to_hold(page: Page, expected: str) -> None:
    async def does() -> bool:
        return bool(await page.evaluate(WHAT_IS_THERE) == expected)

    await eventually(does)


async def test_denied_from_the_first_nothing_is_written_for_a_moment() -> None:
    async with a_lab() as lab:
        await shop_with_push(lab)
        lab.page("/", head=push("['setEmail','anna@shop.example']", CART, "['setConsent',{storage:'granted'}]", DENIED))
        page = await lab.context.new_page()
        await page.clock.install()
        await page.add_init_script(WRITES)

        await page.goto(f"{lab.shop}/")
        await page.wait_for_function("() => !!document.querySelector('script[src$=\"/push.js\"]')")
        await page.clock.run_for(5000)
        await page.evaluate("() => _beckon.push(['askPush'])")
        await page.clock.run_for(5000)

        assert await page.evaluate("() => writes") == []
        assert await page.locator("beckon-push").count() == 0
        assert lab.events() == []


async def test_a_withdrawal_removes_cookie_storage_and_worker_and_other_tabs_heed_it() -> None:
    async with a_lab() as lab:
        await shop_with_push(lab)
        lab.page("/", head=push(CART))
        page = await lab.visit("/")
        other = await lab.visit("/")
        await lab.wait_for(1, "cart.updated")
        await page.evaluate(HAS_A_WORKER)
        before = await page.evaluate(WHAT_IS_THERE)

        await page.evaluate("() => _beckon.push(['setConsent', {storage: 'denied'}])")
        await comes_to_hold(page, NOTHING_BUT_THE_SHOPS_OWN)
        await other.evaluate("() => _beckon.push(['setEmail', 'anna@shop.example'], ['setConsent', {}])")
        await other.evaluate("() => history.pushState({}, '', '/wine')")

        assert all(part in before for part in ("_beckon", "push", "/worker.js", "beckon"))
        assert await other.evaluate(WHAT_IS_THERE) == NOTHING_BUT_THE_SHOPS_OWN
