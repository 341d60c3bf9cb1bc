"""What the escalation service reads from the environment, beside what every process does."""

from shared.ops.settings import Address, ProcessSettings


class EscalationSettings(ProcessSettings):
    listen: Address = "127.0.0.1:8082"
