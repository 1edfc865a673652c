"""Each pod is given what its program needs to start, and nothing that nobody reads."""

from itertools import product
from pathlib import Path

import pytest

from deploy.command.settings import BrokerSettings
from services.ingest.settings import IngestSettings
from services.ingest.sources.settings import SourcesSettings
from services.notify.settings import NotifySettings
from services.onboarding.settings import OnboardingSettings
from services.orders.settings import OrdersSettings
from shared.runtime.security.sealing import ReaderKeys, ReaderPublicKey
from shared.runtime.setting_names import unknown_names
from shared.runtime.settings import DatabaseCommandSettings, ServiceSettings
from tests.contract.kubernetes.certificates import a_certificate
from tests.contract.kubernetes.rendering import RENDERED, environment, named, of_kind, workloads
from tests.contract.kubernetes.secret_files import MOUNTED_AT, made_secrets, with_files_in, write_files

SETTINGS: dict[str, type[ServiceSettings]] = {
    "ingest": IngestSettings,
    "sources": SourcesSettings,
    "orders": OrdersSettings,
    "notify": NotifySettings,
    "onboarding": OnboardingSettings,
}
WITH_OPERATORS = ("production", "everything")
PRODUCTION_DATABASE = f"postgres-rw:5432/beckon?sslmode=verify-full&sslrootcert={MOUNTED_AT}/postgres-ca.crt"


def secrets_for(overlay: str, files: Path) -> dict[str, dict[str, str]]:
    """What the script makes, and in production what the operators of Kafka and PostgreSQL add."""
    if overlay not in WITH_OPERATORS:
        return made_secrets()
    made = made_secrets(PRODUCTION_DATABASE.replace(MOUNTED_AT, str(files)))
    certificate = {"ca.crt": a_certificate()}
    users = {name: {"password": f"{name}-made-by-strimzi"} for name in SETTINGS}
    mail = {"beckon-smtp": {"smtp-password": "chosen-by-the-operator"}}
    return made | users | mail | {"beckon-cluster-ca-cert": certificate, "postgres-ca": certificate}


@pytest.mark.parametrize(("overlay", "service"), list(product(RENDERED, SETTINGS)))
def test_a_service_starts_with_the_settings_of_its_pod(
    overlay: str, service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = named(overlay, "Deployment", service)
    write_files(deployment, secrets_for(overlay, tmp_path), tmp_path)
    given = with_files_in(environment(overlay, deployment), tmp_path)
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    settings = SETTINGS[service]()

    assert unknown_names(given) == []
    assert (settings.http_host, settings.metrics_host) == ("0.0.0.0", "0.0.0.0")  # noqa: S104 - the pod's own address


@pytest.mark.parametrize("overlay", RENDERED)
def test_each_job_starts_with_the_settings_of_its_pod(overlay: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = secrets_for(overlay, tmp_path)
    for job in of_kind(overlay, "Job"):
        write_files(job, made, tmp_path)
        given = with_files_in(environment(overlay, job), tmp_path)
        with monkeypatch.context() as patch:
            for name, value in given.items():
                patch.setenv(name, value)
            command = job["spec"]["template"]["spec"]["containers"][0]["args"][0]
            settings = (BrokerSettings if command == "topics" else DatabaseCommandSettings)()
        assert unknown_names(given) == []
        assert command == "topics" or f"beckon_{job['metadata']['name'].split('-')[1]}:" in settings_dsn(settings)


def settings_dsn(settings: ServiceSettings) -> str:
    """The address of the database that was read."""
    assert isinstance(settings, DatabaseCommandSettings)
    return settings.postgres.get_secret_value()


@pytest.mark.parametrize("overlay", RENDERED)
def test_secrets_are_files_and_settings_name_no_other_file(overlay: str) -> None:
    for workload in workloads(overlay):
        for name, value in environment(overlay, workload).items():
            if name.endswith("_FILE") and name.startswith("BECKON_"):
                assert value.startswith(MOUNTED_AT + "/")
        for container in workload["spec"]["template"]["spec"]["containers"]:
            assert all("valueFrom" not in each for each in container.get("env", []))
            assert all("secretRef" not in each for each in container.get("envFrom", []))


def test_the_script_makes_new_keys_whose_halves_belong_together() -> None:
    first, second = made_secrets(), made_secrets()

    for holder, private, readers in (
        ("beckon-ingest", "g1", [("beckon-onboarding", "ingest-public-key")]),
        (
            "beckon-notify",
            "n1",
            [(each, "notify-public-key") for each in ("beckon-ingest", "beckon-sources", "beckon-onboarding")],
        ),
        ("beckon-onboarding", "o1", [("beckon-notify", "console-public-key")]),
    ):
        own = ReaderKeys.parse(first[holder]["reader-keys"]).public_key()
        assert first[holder]["reader-keys"].startswith(f"{private}:")
        assert [ReaderPublicKey.parse(first[name][key]) for name, key in readers] == [own] * len(readers)
    sources = ReaderKeys.parse(first["beckon-sources"]["reader-keys"])
    assert first["beckon-sources"]["reader-keys"].startswith(first["beckon-ingest"]["reader-keys"] + ",s1:")
    sealer = ReaderPublicKey.parse(first["beckon-onboarding"]["sources-public-key"])
    assert sources.open(sealer.seal(b"secret", "info"), "info") == b"secret"
    values = [value for secret in first.values() for key, value in secret.items() if key != "username"]
    assert not set(values) & {value for secret in second.values() for key, value in secret.items() if key != "username"}


def test_the_database_is_given_the_passwords_that_services_bring() -> None:
    made = made_secrets("database.internal:5433/beckon?sslmode=require")

    for service in ("sources", "orders", "notify", "onboarding"):
        role = made[f"database-{service}"]
        expected = f"postgresql://{role['username']}:{role['password']}@database.internal:5433/beckon?sslmode=require"
        assert made[f"beckon-{service}"]["postgres"] == expected
