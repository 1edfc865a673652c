"""Whatever a stranger or a carrier sends to notify, it answers, and a STOP counts whatever surrounds it."""

from urllib.parse import quote

import pytest

from tests.support.builders.notify import SITE
from tests.support.processes.notify import Bench
from tests.support.strangers import HOSTILE_TEXTS

PATHS = (
    "/l/{}",
    "/l/{}/cart",
    "/l/{}/saved",
    "/u/{}",
    "/cb/{}/x/y",
    f"/cb/{SITE}/{{}}/x",
    f"/cb/{SITE}/x/{{}}",
    "/in/twilio/{}",
)


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_ends_in_an_error(bench: Bench, path: str) -> None:
    for text in HOSTILE_TEXTS:
        part = quote(text[:1000].encode("utf-8", "replace"), safe="") or "x"
        answers = [await bench.http.get(path.format(part)), await bench.http.post(path.format(part), content=b"\xff=%00")]
        assert max(answer.status_code for answer in answers) < 500, part


async def test_no_header_ends_in_an_error(bench: Bench) -> None:
    for text in HOSTILE_TEXTS:
        value = text.encode("latin-1", "ignore").replace(b"\0", b"") or b" "
        headers = {b"origin": value, b"referer": value, b"x-twilio-signature": value, b"cookie": value, b"host": value}
        answers = [
            await bench.http.post(f"/in/twilio/{SITE}", content=b"Body=STOP", headers=headers),
            await bench.http.get("/l/" + 17 * "a" + "/cart", headers=headers),
        ]
        assert max(answer.status_code for answer in answers) < 500, text


@pytest.mark.parametrize("field", ["MessageSid", "From", "Body", "ErrorCode", "MessageStatus", "a\0b"])
async def test_a_signed_reply_is_answered_whatever_a_field_of_it_holds(bench: Bench, field: str) -> None:
    for number, text in enumerate(HOSTILE_TEXTS):
        form = {"From": "+12025550143", "Body": "STOP", "MessageSid": f"SM{number}"}
        value = text.encode("utf-8", "replace").decode()
        answer = await bench.post_signed(f"/in/twilio/{SITE}", form | {field: value})
        assert answer.status_code == 200, text


async def test_a_stop_with_a_nul_in_the_carriers_id_counts(bench: Bench) -> None:
    form = {"From": "+12025550143", "Body": "ST\0OP", "MessageSid": "SM\x001"}

    answers = [await bench.post_signed(f"/in/twilio/{SITE}", form) for _ in range(2)]

    assert {answer.status_code for answer in answers} == {200}
    assert await bench.pool.fetchval("SELECT message_id FROM notify.inbound") == "SM1"
    assert await bench.pool.fetchval("SELECT count(*) FROM notify.suppressions") == 1


async def test_a_signed_report_on_an_attempt_is_answered_whatever_it_holds(bench: Bench) -> None:
    bench.start("dispatcher", "transactional")
    await bench.confirm_anna()
    for text in (*HOSTILE_TEXTS, "9" * 60_000):
        value = text.encode("utf-8", "replace").decode()
        for field in ("MessageSid", "MessageStatus", "ErrorCode"):
            form = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "30007"} | {field: value}
            path = bench.addresses.callback_path(SITE, "0" * 32)
            answer = await bench.post_signed(path, form)
            assert answer.status_code == 204, (field, text[:40])
