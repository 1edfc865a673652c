"""``python -m services.notify``."""

from services.notify.app import serve
from services.notify.settings import NotifySettings
from shared.runtime.service import read_settings, run

if __name__ == "__main__":
    settings = read_settings(NotifySettings)
    run(lambda stop: serve(settings, stop))
