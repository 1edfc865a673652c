"""``python -m services.onboarding``."""

from services.onboarding.app import serve
from services.onboarding.settings import OnboardingSettings
from shared.runtime.service import read_settings, run

if __name__ == "__main__":
    settings = read_settings(OnboardingSettings)
    run(lambda stop: serve(settings, stop))
