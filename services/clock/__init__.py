"""The clock service: keeps the SLA clocks of every case and says warnings and breaches at their instants.

Owns: the clocks of every case, as judgements that follow from the case's facts by their times.
Hears: `cases` (what other systems say), `deliveries` (status updates that reached the customer).
Says: `clocks`.
Never: decides who is told, talks to the outside world, reads another service's tables.
"""
