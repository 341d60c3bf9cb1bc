"""The tables that the kit keeps in each service's schema, and the statements that create them.

partition    who runs a partition (lease, epoch) and how far it has read (positions): the truth
state        one row a case: its state, the next instant it needs to be called, what was heard and said
outbox       facts said and not yet acknowledged by the wire: a row for all that a transaction says
dead_letter  facts that could not be decided, and those parked behind them
member       the instances that share the partitions
kit          the number of partitions and the wire, fixed for good
turn         what each transaction heard, in which order and at which instant: kept for the audit
"""

from collections.abc import Callable

KIT_DDL = (
    "CREATE TABLE kit (partitions int NOT NULL, wire text)",
    """CREATE TABLE partition (
        partition int PRIMARY KEY,
        owner text,
        epoch bigint NOT NULL DEFAULT 0,
        expires_at timestamptz NOT NULL DEFAULT '-infinity',
        positions jsonb NOT NULL DEFAULT '{}'
    ) WITH (fillfactor = 50)""",
    """CREATE TABLE member (
        owner text PRIMARY KEY,
        expires_at timestamptz NOT NULL
    ) WITH (fillfactor = 50)""",
    """CREATE TABLE state (
        key text PRIMARY KEY,
        partition int NOT NULL,
        version bigint NOT NULL,
        wake_at bigint,
        thread json NOT NULL,
        body json
    ) WITH (fillfactor = 70)""",
    "CREATE INDEX state_wake ON state (partition, wake_at) WHERE wake_at IS NOT NULL",
    """CREATE TABLE outbox (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        topic text NOT NULL,
        partition int NOT NULL,
        key text NOT NULL,
        headers json NOT NULL,
        value bytea NOT NULL,
        at bigint NOT NULL
    )""",
    "CREATE INDEX outbox_order ON outbox (partition, number)",
    """CREATE TABLE dead_letter (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        partition int NOT NULL,
        key text NOT NULL,
        topic text NOT NULL,
        "offset" bigint NOT NULL,
        headers json NOT NULL,
        value bytea NOT NULL,
        reason text,
        at bigint NOT NULL,
        wish text
    )""",
    "CREATE INDEX dead_letter_key ON dead_letter (key, number)",
    "CREATE INDEX dead_letter_wish ON dead_letter (partition) WHERE wish IS NOT NULL",
)
"""`at` is product time in microseconds. `reason` is null for what waits behind a dead letter of its case;
`wish` is what a person asked for: replay or discard."""

TURN_DDL = (
    "ALTER TABLE partition ADD COLUMN turns bigint NOT NULL DEFAULT 0",
    """CREATE TABLE turn (
        partition int NOT NULL,
        number bigint NOT NULL,
        epoch bigint NOT NULL,
        now bigint NOT NULL,
        at bigint NOT NULL,
        under text NOT NULL,
        heard json,
        outcomes json,
        woken json,
        granted json,
        failed json,
        PRIMARY KEY (partition, number)
    )""",
)
"""`number` counts up without a gap in each partition; `partition.turns` is the last one. `now` is product
time, `at` physical. `failed` lists what `decide` raised at: the key, and its place in what was heard."""

_EACH_HEADER = "FROM json_array_elements(headers) WITH ORDINALITY AS one (header, place)"
_HEADER_LENGTHS = "int4send(octet_length(header ->> 0)) || int4send(octet_length(header ->> 1))"
_HEADER_PARTS = "convert_to(header ->> 0, 'UTF8') || convert_to(header ->> 1, 'UTF8')"
ONE_RECORD = (
    f"int4send(1) || int4send((SELECT count(*)::int {_EACH_HEADER}))"
    " || int4send(octet_length(key)) || int4send(octet_length(value))"
    f" || coalesce((SELECT string_agg({_HEADER_LENGTHS}, ''::bytea ORDER BY place) {_EACH_HEADER}), '')"
    " || convert_to(key, 'UTF8') || value"
    f" || coalesce((SELECT string_agg({_HEADER_PARTS}, ''::bytea ORDER BY place) {_EACH_HEADER}), '')"
)
"""A record that has a row of its own as a bundle (bundle.py), in SQL."""

BUNDLE_DDL = (
    "ALTER TABLE outbox ADD COLUMN facts int NOT NULL DEFAULT 1, ADD COLUMN records bytea",
    f"UPDATE outbox SET records = {ONE_RECORD}",
    "ALTER TABLE outbox ALTER COLUMN facts DROP DEFAULT, ALTER COLUMN records SET NOT NULL",
    "ALTER TABLE outbox DROP COLUMN key, DROP COLUMN headers, DROP COLUMN value",
    # Written, read once or never, written again: compressing them costs more than all else together.
    "ALTER TABLE outbox ALTER COLUMN records SET STORAGE EXTERNAL",
    "ALTER TABLE state ALTER COLUMN body SET STORAGE EXTERNAL",
)

STATES_DDL = (
    # A state is written anew with nearly every change. Beside its row it took two more rows, their index
    # entries and their dead: twice the server's time, half as much log again, at 3 kB.
    "ALTER TABLE state SET (toast_tuple_target = 8160)",
    # Looking ahead asks for keys alone: of cases that nothing happened to, the index has them.
    "DROP INDEX state_wake",
    "CREATE INDEX state_wake ON state (partition, wake_at) INCLUDE (key) WHERE wake_at IS NOT NULL",
)

DOOR_DDL = (
    """CREATE TABLE numbering (
        key text PRIMARY KEY,
        partition int NOT NULL,
        last bigint NOT NULL
    ) WITH (fillfactor = 70)""",
)
"""What a door adds: the last number said about each case, whose row is the case's lock."""


def create_kit(execute: Callable[[str], object], *, door: bool = False) -> None:
    """Create the kit's tables in the schema first on the search path (a service's first migration)."""
    for statement in (*KIT_DDL, *(DOOR_DDL if door else ())):
        execute(statement)


def record_turns(execute: Callable[[str], object]) -> None:
    """Add what a schema needs to record its turns (a service's second migration)."""
    for statement in TURN_DDL:
        execute(statement)


def bundle(execute: Callable[[str], object]) -> None:
    """Let one row hold all that a transaction says (a service's third migration)."""
    for statement in BUNDLE_DDL:
        execute(statement)


def settle_states(execute: Callable[[str], object]) -> None:
    """Let states lie in their rows, up to a page, and keys in the index of instants (the migration after)."""
    for statement in STATES_DDL:
        execute(statement)
