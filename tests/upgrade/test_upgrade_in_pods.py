"""An upgrade in a cluster and its way back, under load, by the commands of deploy/kubernetes/README.md."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from deploy.image.build import build_images, read_source
from deploy.image.podman import name_of, podman
from deploy.local.services import DEMO_ACCOUNT
from tests.support.kubernetes.cluster import a_cluster
from tests.support.kubernetes.order_load import OrderLoad
from tests.support.kubernetes.overlay import THIS_RELEASE, Release
from tests.support.kubernetes.pods import Pods, beckon_in_pods
from tests.support.processes.crowd import Crowd, Guest
from tests.support.processes.database import Database
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.story import SILENT_FOR
from tests.support.waiting import stays, wait_for
from tests.upgrade.previous import check_out, previous_release

TAG = "previous"


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Images of the previous release under a tag of their own, and its manifests."""
    checkout = tmp_path_factory.mktemp("previous-release")
    check_out(previous_release(), checkout)
    for image, found in build_images(read_source(checkout), checkout).items():
        podman("tag", found, f"{name_of(image).partition(':')[0]}:{TAG}")
    return Release(checkout / "deploy" / "kubernetes", TAG)


@pytest.fixture
def pods(previous: Release) -> Iterator[Pods]:
    """The previous release in pods, and the images of this one on their node."""
    folder = Path(tempfile.mkdtemp(prefix="beckon-pods-"))
    try:
        with a_cluster() as cluster, beckon_in_pods(cluster, folder / "state", previous) as running:
            running.import_images()
            yield running
            shutil.rmtree(running.outside.folders.postgres, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_an_upgrade_and_its_way_back_lose_double_and_silence_nothing(pods: Pods) -> None:
    console = ConsoleApi(pods.console(""), DEMO_ACCOUNT, pods.secrets()["console_password"])
    crowd = Crowd(pods, CarrierLog(pods.ports.address("demo")), console)
    database = Database(pods.outside.dsn)

    known = partial(database.value, "SELECT count(*) FROM onboarding.orders")
    before = known()

    with OrderLoad(pods.ingest(), console.new_secret_key()) as load:
        early = crowd.fill_carts(3)
        began = time.monotonic()
        pods.apply(THIS_RELEASE)
        crowd.answer_yes(early)
        reminded, buyers = _shoppers_of(crowd, pods)
        assert pods.tags() == {THIS_RELEASE.tag}
        upgraded = time.monotonic()
        pods.roll_back()
        more, bought = _shoppers_of(crowd, pods)
        assert pods.tags() == {TAG}
        back = time.monotonic()

    reminded, buyers = [*early, *reminded, *more], [*buyers, *bought]
    orders = len(load.acknowledged) + len(buyers)
    assert load.failures == []
    wait_for("every order", lambda: known() == before + orders)
    stays("one reminder for each", lambda: set(crowd.reminders(reminded)) == {1}, SILENT_FOR)
    assert set(crowd.reminders(buyers)) == {0}
    print(
        f"\nupgrade {upgraded - began:.0f} s, back {back - upgraded:.0f} s, {orders} orders, {len(reminded)} reminded"
        f" and {len(buyers)} silenced by a purchase: lost 0, doubled 0, wrongly silenced 0"
    )


def _shoppers_of(crowd: Crowd, pods: Pods) -> tuple[list[Guest], list[Guest]]:
    """Shoppers who come while pods are replaced: those who are reminded by the end of it, and those who have bought."""
    waiting, buyers = crowd.arrive(3), crowd.arrive(2, buying=True)
    pods.wait_rolled()
    crowd.wait_until_reminded(waiting)
    return waiting, buyers
