"""`python -m services.notifier`."""

from services.notifier.settings import NotifierSettings
from services.notifier.wiring import wire
from shared.ops.process import run_service

run_service(NotifierSettings.read, wire)
