"""Settings come from the environment or from files, are frozen, and refuse weak secrets outside the demo."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.runtime.security.setting_rules import is_weak
from shared.runtime.settings import PostgresSettings, Profile

STRONG = "postgresql://beckon_orders:kT5v-0qWz_81nQm@127.0.0.1/beckon"
WEAK = "postgresql://beckon_orders:beckon@127.0.0.1/beckon"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("BECKON_KAFKA", "127.0.0.1:9092")
    monkeypatch.setenv("BECKON_METRICS_PORT", "8713")
    monkeypatch.delenv("BECKON_PROFILE", raising=False)
    return monkeypatch


def test_the_default_profile_is_production_and_the_object_is_frozen(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("BECKON_POSTGRES", STRONG)

    settings = PostgresSettings()

    assert settings.profile is Profile.PRODUCTION
    assert "kT5v" not in repr(settings)
    assert PostgresSettings.model_config["frozen"]


def test_a_secret_may_come_from_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "dsn"
    secret.write_text(STRONG + "\n")
    environment.setenv("BECKON_POSTGRES_FILE", str(secret))

    assert PostgresSettings().postgres.get_secret_value() == STRONG


def test_a_weak_secret_starts_only_in_the_demo_and_the_refusal_does_not_show_it(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("BECKON_POSTGRES", WEAK)

    with pytest.raises(ValidationError) as refusal:
        PostgresSettings()
    environment.setenv("BECKON_PROFILE", "demo")

    assert "BECKON_POSTGRES" in str(refusal.value)
    assert WEAK not in str(refusal.value)
    assert PostgresSettings().profile is Profile.DEMO


@pytest.mark.parametrize("secret", ["", "beckon", "short", "aaaaaaaaaaaaaaaaaaaaaaaa", "postgresql://u:demo@h/d"])
def test_weak_secrets_are_seen(secret: str) -> None:
    assert is_weak(secret)


@pytest.mark.parametrize("secret", ["kT5v-0qWz_81nQm", "postgresql://u@h/d"])
def test_others_are_not(secret: str) -> None:
    assert not is_weak(secret)
