"""The one door for what other systems say about cases.

Owns: the journal (every event as it was sent) and the topic `cases`; which API keys there are.
Hears: HTTP (`POST /v1/events`), and `clocks` only to show which facts were refused later, and why.
Says: the case facts of shared/contracts/case.py, numbered per case.
Never: reckons with time, decides who is told, or accepts what is not yet durable.
"""
