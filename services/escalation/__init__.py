"""The escalation service: routes a case over tiers and people, climbs its ladders, decides who is paged.

Owns: where every case lies, its ladders with what was asked of whom, and what acknowledgements did.
Hears: `cases`, `clocks` (warnings, breaches, ends, retractions), `acknowledgements`, `deliveries` (a page
       that reached nobody is not waited for).
Says: `escalations`.
Never: reckons with business time (clocks do), sends anything (the notifier does), restarts a clock.
"""
