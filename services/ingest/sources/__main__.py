"""``python -m services.ingest.sources``."""

from services.ingest.sources.app import serve
from services.ingest.sources.settings import SourcesSettings
from shared.runtime.service import read_settings, run

if __name__ == "__main__":
    settings = read_settings(SourcesSettings)
    run(lambda stop: serve(settings, stop))
