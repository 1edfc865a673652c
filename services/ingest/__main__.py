"""``python -m services.ingest``."""

from services.ingest.app import main
from shared.runtime.service import run

run(main)
