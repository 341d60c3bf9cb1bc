"""What the clock service reads from the environment, beside what every process does."""

from shared.ops.settings import Address, ProcessSettings


class ClockSettings(ProcessSettings):
    listen: Address = "127.0.0.1:8081"
