"""`python -m services.intake`."""

from services.intake.settings import IntakeSettings
from services.intake.wiring import wire
from shared.ops.process import run_service

run_service(IntakeSettings.read, wire)
