"""What every test runs under."""

from hypothesis import HealthCheck, settings

from tests.support.scratch import use_memory_for_scratch

# Wall time is never asserted in a test: on a busy machine an example may take long, which proves nothing about the code.
settings.register_profile("beckon", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("beckon")
use_memory_for_scratch()
