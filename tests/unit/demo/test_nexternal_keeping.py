"""What the make-believe Nexternal keeps outlives its process."""

from pathlib import Path

import httpx

from deploy.demo.nexternal.app import build
from deploy.demo.nexternal.keeping import Keeper, SavesChanges
from deploy.demo.nexternal.simulator import Simulator
from tests.support.builders.nexternal import ACCOUNT, PASSWORD, USER, SetClock, XmlClient, order_range, text

BYTES = bytes(range(256))


def started(file: Path) -> tuple[Simulator, httpx.AsyncClient]:
    """A process, in which pages are answered under any host."""
    simulator, keeper = Simulator(SetClock()), Keeper(file)
    keeper.load(simulator)
    app = SavesChanges(build(simulator), simulator, keeper)
    return simulator, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://oms.localhost")


async def test_codes_files_orders_and_keys_are_there_after_another_start(tmp_path: Path) -> None:
    file = tmp_path / "state" / "nexternal.json"
    _, http = started(file)
    client = XmlClient(http, SetClock())
    await client.configure(memorandum_accepted=True, users=[{"name": USER, "password": PASSWORD}], custom_fields={2: "SMS?"})
    key = await client.pass_test()
    await client.place(lines=[{"product": 102, "quantity": 3}])
    code = "<script>\n\té ' \" [OrderNo]</script>\n"
    await http.post(f"/{ACCOUNT}/settings/policies", data={"tracking_code": code, "tracking_position": "End of Body"})
    await http.post(f"/{ACCOUNT}/layout/import", files={"file": ("logo.png", BYTES)})

    simulator, again = started(file)
    (order,) = (await XmlClient(again, SetClock()).query("OrderQuery", order_range(), key=key)).findall("Order")

    settings = simulator.accounts[ACCOUNT].settings
    assert (settings.tracking_code, settings.tracking_position, settings.files) == (code, "End of Body", {"logo.png": BYTES})
    assert settings.custom_fields == {2: "SMS?"}
    assert (text(order, "OrderAmount"), text(order, "Browser/PlatformName")) == ("96.00", "Windows 10")
    assert file.stat().st_mode & 0o077 == 0, "it holds keys"


async def test_a_file_of_another_shape_is_left_aside(tmp_path: Path) -> None:
    file = tmp_path / "nexternal.json"
    file.write_text('[{"name": "harborvine"}]')

    simulator, _ = started(file)

    assert simulator.accounts == {}
