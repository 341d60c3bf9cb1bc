"""Ladders as timelines."""

from tests.escalation.timeline import play


def test_warning_breach_silence_manager_acknowledged() -> None:
    play("""
        -Fri 16:45 > opened severity=P1
        -Fri 16:45 < at Tier 1: first-line
        Mon 09:07 > warned first_response 75 due Mon 09:15
        Mon 09:07 < normal first_response-1-1-asta
        Mon 09:15 > breached first_response
        Mon 09:15 < up Tier 1 to Tier 2
        Mon 09:15 < at Tier 2: second-line
        Mon 09:15 < critical first_response-1-2-otto until Mon 09:30
        Mon 09:30 < silence first_response-1-2-otto
        Mon 09:30 < critical first_response-1-3-karl until Mon 09:45
        Mon 09:31 > acknowledged first_response-1-3-karl by karl
        Mon 09:31 < withdrawn first_response-1-2-otto: acknowledged by karl
        Mon 09:31 < noted first_response-1-3-karl by karl: stops the ladder of first response, cycle 1
        Mon 09:40 > replied
        Mon 09:40 > met first_response late
        Mon 09:40 < withdrawn first_response-1-1-asta: first response met late Mon 1 Jun 07:40 UTC
        Mon 09:40 < ended first_response-1: first response met late Mon 1 Jun 07:40 UTC
        Mon 23:00 |
    """)
