"""`python -m services.clock`."""

from services.clock.settings import ClockSettings
from services.clock.wiring import wire
from shared.ops.process import run_service

run_service(ClockSettings.read, wire)
