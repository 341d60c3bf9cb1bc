"""`python -m services.escalation`."""

from services.escalation.settings import EscalationSettings
from services.escalation.wiring import wire
from shared.ops.process import run_service

run_service(EscalationSettings.read, wire)
