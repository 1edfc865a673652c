"""A password is changed by who knows it and replaced by who has a link; nobody learns which addresses have accounts."""

import asyncio
import re

import httpx
import pytest

from services.onboarding.accounts.mail import ResetMails
from services.onboarding.accounts.reset_password import make_link
from services.onboarding.accounts.throttle import HARD_LIMITS
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import Pool
from tests.support.processes.databases import Database
from tests.support.processes.mail_outbox import Outbox
from tests.support.stories.console_client import ADDRESS, PASSWORD, ConsoleClient

ANOTHER = "another long enough password"


@pytest.fixture
def elsewhere(transport: httpx.ASGITransport, anna: ConsoleClient) -> ConsoleClient:
    """A browser that has never been in Anna's account."""
    return ConsoleClient(transport, anna.email)


async def link_from_operator(made: Database, email: str) -> str:
    """The path of a link that the operator's command prints."""
    link = await make_link(made.dsn("onboarding"), ADDRESS + "/", email, SystemClock().now())
    assert link is not None
    assert link.startswith(f"{ADDRESS}/reset/")
    return link.removeprefix(ADDRESS)


async def is_in(client: ConsoleClient) -> bool:
    return (await client.http.get("/account")).status_code == 200


async def test_a_password_is_changed_by_who_knows_it_and_other_sessions_end(
    anna: ConsoleClient, elsewhere: ConsoleClient
) -> None:
    elsewhere.keeps_cookies(await elsewhere.signs_in())
    changed = await anna.posts("/account/password", password=PASSWORD, new_password=ANOTHER)

    assert changed.status_code == 303
    assert (await is_in(anna), await is_in(elsewhere)) == (True, False)
    assert [(await elsewhere.signs_in(word)).status_code for word in (PASSWORD, ANOTHER)] == [422, 303]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"password": "not that one at all", "new_password": ANOTHER}, "password"),
        ({"password": "", "new_password": ANOTHER}, "password"),
        ({"password": PASSWORD, "new_password": "short"}, "new_password"),
        ({"password": PASSWORD}, "new_password"),
    ],
)
async def test_without_the_old_password_or_a_good_new_one_nothing_changes(
    anna: ConsoleClient, fields: dict[str, str], field: str
) -> None:
    answer = await anna.posts("/account/password", **fields)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert (await anna.signs_in()).status_code == 303


async def test_a_stolen_session_guesses_slower_and_slower_too(anna: ConsoleClient, waits: list[float]) -> None:
    for number in range(8):
        await anna.posts("/account/password", password=f"guess number {number}", new_password=ANOTHER)

    assert waits == sorted(waits)
    assert waits[-1] > 0


async def test_a_change_makes_every_other_browser_a_stranger_again(
    anna: ConsoleClient, elsewhere: ConsoleClient, waits: list[float]
) -> None:
    elsewhere.keeps_cookies(await elsewhere.signs_in())
    anna.keeps_cookies(await anna.posts("/account/password", password=PASSWORD, new_password=ANOTHER))
    for number in range(7):
        await elsewhere.signs_in(f"guess number {number}")
    slowed = waits[-1]
    await anna.signs_in(ANOTHER)

    assert (slowed, waits[-1]) == (1.0, 0)


async def test_the_operators_link_replaces_a_password_once(
    anna: ConsoleClient, elsewhere: ConsoleClient, made: Database
) -> None:
    path = await link_from_operator(made, f"  {anna.email.upper()} ")
    shown = [await elsewhere.http.get(path) for _ in range(2)]
    replaced = await elsewhere.http.post(path, data={"new_password": ANOTHER})
    elsewhere.keeps_cookies(replaced)
    again = await elsewhere.http.post(path, data={"new_password": PASSWORD})

    assert [answer.status_code for answer in (*shown, replaced, again)] == [200, 200, 303, 404]
    assert (await is_in(elsewhere), await is_in(anna)) == (True, False)
    assert [(await elsewhere.signs_in(word)).status_code for word in (PASSWORD, ANOTHER)] == [422, 303]


async def test_a_link_that_two_bring_together_works_for_one(transport: httpx.ASGITransport, made: Database) -> None:
    carla = ConsoleClient(transport, "carla@shop.example")
    await carla.signs_up()
    path = await link_from_operator(made, carla.email)

    answers = await asyncio.gather(*(carla.http.post(path, data={"new_password": f"{ANOTHER} {n}"}) for n in range(4)))

    assert sorted(answer.status_code for answer in answers) == [303, 404, 404, 404]


async def test_a_link_that_is_too_old_or_made_up_does_nothing(elsewhere: ConsoleClient, made: Database, pool: Pool) -> None:
    path = await link_from_operator(made, elsewhere.email)
    await pool.execute("UPDATE onboarding.password_resets SET expires_at = now()")

    for each in (path, "/reset/" + "x" * 43, "/reset/%00"):
        shown, sent = await elsewhere.http.get(each), await elsewhere.http.post(each, data={"new_password": ANOTHER})
        assert (shown.status_code, sent.status_code) == (404, 404), each


async def test_a_bad_new_password_or_a_form_from_elsewhere_does_not_use_a_link_up(
    elsewhere: ConsoleClient, made: Database
) -> None:
    path = await link_from_operator(made, elsewhere.email)
    short = await elsewhere.http.post(path, data={"new_password": "short"})
    forged = await elsewhere.http.post(path, data={"new_password": ANOTHER}, headers={"Origin": "https://evil.example"})

    assert (short.status_code, forged.status_code) == (422, 422)
    assert (await elsewhere.http.get(path)).status_code == 200


async def test_the_operator_gets_no_link_for_nobody(anna: ConsoleClient, made: Database) -> None:
    assert await make_link(made.dsn("onboarding"), ADDRESS, "nobody@shop.example", SystemClock().now()) is None


async def test_only_a_hash_of_a_link_is_kept(anna: ConsoleClient, made: Database, pool: Pool) -> None:
    path = await link_from_operator(made, anna.email)
    kept = await pool.fetchval("SELECT token_hash FROM onboarding.password_resets")

    assert path.removeprefix("/reset/").encode() not in kept
    assert len(kept) == 32


async def test_a_link_is_mailed_and_works(
    anna: ConsoleClient, elsewhere: ConsoleClient, mails: ResetMails, outbox: Outbox
) -> None:
    asked = await elsewhere.http.post("/forgot", data={"email": anna.email.upper()})
    await mails.send_next()
    [(to, _, text)] = outbox.mails
    found = re.search(rf"{ADDRESS}(/reset/\S+)", text)

    assert (asked.status_code, to) == (200, anna.email)
    assert found is not None
    assert (await elsewhere.http.post(found[1], data={"new_password": ANOTHER})).status_code == 303


async def test_the_answer_does_not_reveal_which_addresses_have_accounts(
    anna: ConsoleClient, elsewhere: ConsoleClient, mails: ResetMails, outbox: Outbox
) -> None:
    free = "free@shop.example"
    answers = [await elsewhere.http.post("/forgot", data={"email": email}) for email in (anna.email, free)]
    for _ in answers:
        await mails.send_next()

    texts = [re.sub(r"\S+@\S+", "", answer.text) for answer in answers]
    assert texts[0] == texts[1]
    assert [to for to, _, _ in outbox.mails] == [anna.email]


async def test_nobodys_mailbox_is_filled_and_the_links_in_it_stay_good(
    anna: ConsoleClient, elsewhere: ConsoleClient, mails: ResetMails, outbox: Outbox
) -> None:
    for _ in range(HARD_LIMITS["reset_account"] + 2):
        await elsewhere.http.post("/forgot", data={"email": anna.email})
        await mails.send_next()

    paths = [text.split(ADDRESS)[1].split()[0] for _, _, text in outbox.mails]
    assert len(paths) == HARD_LIMITS["reset_account"]
    assert [(await elsewhere.http.get(path)).status_code for path in paths] == [200] * len(paths)


@pytest.mark.parametrize("email", ["", "nobody", "a b@shop.example", "a@b\r\nBcc: c@d.example", "x" * 300 + "@shop.example"])
async def test_an_address_that_is_none_is_refused(elsewhere: ConsoleClient, email: str) -> None:
    assert (await elsewhere.http.post("/forgot", data={"email": email})).status_code == 422


async def test_links_from_the_host_that_a_request_names_go_to_nobody(
    anna: ConsoleClient, elsewhere: ConsoleClient, mails: ResetMails, outbox: Outbox
) -> None:
    evil = {"Host": "evil.example", "Origin": "http://evil.example"}
    await elsewhere.http.post("/forgot", data={"email": anna.email}, headers=evil)
    await mails.send_next()

    assert "evil.example" not in outbox.mails[0][2]


async def test_a_program_changes_and_replaces_a_password(
    transport: httpx.ASGITransport, anna: ConsoleClient, made: Database
) -> None:
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as program:
        token = (await program.post("/api/signin", json={"email": anna.email, "password": PASSWORD})).json()["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        change = {"password": PASSWORD, "new_password": ANOTHER}
        changed = await program.post("/api/account/password", json=change, headers=bearer)
        kept = await program.get("/api/sites", headers=bearer)
        asked = await program.post("/api/forgot", json={"email": anna.email})
        path = await link_from_operator(made, anna.email)
        replaced = await program.post(f"/api{path}", json={"new_password": PASSWORD})
        ended = await program.get("/api/sites", headers=bearer)

    statuses = [answer.status_code for answer in (changed, kept, asked, replaced, ended)]
    assert (statuses, asked.json()) == ([200, 200, 200, 200, 401], {"done": True})
