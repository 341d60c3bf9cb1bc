"""Every metric that the services share, with its meaning and what to do about it.

No case or customer is ever a label. Physical seconds throughout, also in time-lapse.
"""

from prometheus_client import Counter, Gauge, Histogram

FACTS_HANDLED = Counter(
    "tocsin_facts_handled_total",
    "Facts heard, by topic and outcome (decided, duplicate, passed over).",
    ["topic", "outcome"],
)
"""Duplicates are normal after a crash; many for long: a producer cannot delete its outbox."""

TURNS = Counter("tocsin_turns_total", "Transactions of a batch of facts, or of what was due.")
"""Few facts a turn: there is little to do. Many: each turn carries what came during the one before."""

CONSUMER_LAG = Gauge(
    "tocsin_consumer_lag_facts",
    "Facts on the wire that this instance's partitions have not handled yet.",
    ["topic"],
)
"""Growing: more is said than this service can decide. Add instances, up to the number of partitions."""

DUE_LATENESS = Histogram(
    "tocsin_due_lateness_seconds",
    "From the instant that was due to the commit of what it led to.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300, 1800, 3600),
)
"""High: the database is slow, or the service is back from an outage and drains what fell due."""

OUTBOX_ROWS = Gauge("tocsin_outbox_facts", "Facts said and not yet acknowledged by the wire.")
OUTBOX_AGE = Gauge("tocsin_outbox_age_seconds", "Age of the oldest fact that the wire has not acknowledged.")
"""Growing: the wire is away. Nothing is lost; it is published when the wire is back."""

PUBLISH_RETRIES = Counter(
    "tocsin_publish_retries_total", "Publishing had to be tried again: the wire was away."
)
TRANSIENT_FAILURES = Counter(
    "tocsin_transient_failures_total", "A batch had to wait because the database or the wire was away."
)

DEAD_LETTERS = Counter(
    "tocsin_dead_letters_total", "Facts that could not be decided: bugs, each with its case parked."
)
"""Any: read it with `tocsin dead-letters list`, mend the release, replay it."""

GAPS = Counter(
    "tocsin_sequence_gaps_total",
    "A fact's number or place on the wire skipped some: must never happen.",
)
"""Any: a fact was lost on the way. Compare the producer's journal with the topic."""

TIME_BEFORE_FACTS = Counter(
    "tocsin_time_before_facts_total",
    "Time was let through although facts on the wire had not been read in time.",
)
"""Often: this service is overloaded; some breaches may be retracted later."""

PARTITIONS_HELD = Gauge("tocsin_partitions_held", "Partitions that this instance runs.")
"""The sum over instances must be the number of partitions."""

TAKEOVERS = Counter("tocsin_partition_takeovers_total", "Partitions taken over by this instance.")
FENCED = Counter(
    "tocsin_fenced_total", "Transactions refused because another instance had taken the partition over."
)

EVENTS_POSTED = Counter(
    "tocsin_events_posted_total",
    "Events at the door that were read, by the status code each of them got (202 accepted, 200 repeated).",
    ["code"],
)
"""Many of 4xx: a system sends what nobody understands; its own log has the problem documents."""

WAITING_FOR_OPENING = Gauge(
    "tocsin_facts_waiting_for_opening",
    "Facts about cases that nobody has opened yet, kept until somebody does.",
)
"""Old ones: a system forgot to post case.opened."""

DELIVERIES = Counter(
    "tocsin_deliveries_total", "Attempts to deliver, by channel and outcome.", ["channel", "outcome"]
)
DELIVERY_SECONDS = Histogram(
    "tocsin_delivery_seconds",
    "From the instant a message was planned to its acceptance by the channel's other side.",
    ["channel"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800),
)

CLOCK_MOVED = Gauge(
    "tocsin_clock_moved_seconds", "By how much the last alignment with the database's clock moved this one."
)
CLOCK_JUMPS = Counter(
    "tocsin_clock_jumps_total", "Alignments that moved the clock by more than half a second."
)
"""Any: a machine's clock is wrong; see that its time service runs."""
CLOCK_UNALIGNED = Counter(
    "tocsin_clock_unaligned_total", "Alignments that failed because the database did not answer."
)

UNREACHED = Counter(
    "tocsin_unreached_total", "Messages that failed on every channel of their receiver: nobody was told."
)
"""Any: the case's ledger (`GET /v1/cases/KEY/deliveries`) has each channel's answer."""
