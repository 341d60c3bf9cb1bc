"""Mutants of the stream kit: the fence, the numbers, the outbox, positions, time."""

from tests.mutants.mutant import mutant

STORE = "shared/stream/store.py"
RUNNER = "shared/stream/runner.py"
FOLD = "shared/stream/fold.py"
RELAY = "shared/stream/relay.py"
LEASE = "shared/stream/lease.py"

_COMMITTED = """        async with self._shared.connections.one() as conn:
            said = await self._store.commit(conn, self._fence, positions, turn, fold.result)
        self.positions = positions
"""

KIT = (
    mutant(
        "no fence: whoever commits, commits",
        STORE,
        (
            " WHERE partition = :partition AND owner = :owner AND epoch = :epoch RETURNING partition, turns",
            " WHERE partition = :partition RETURNING partition, turns",
        ),
        under="SIGSTOP beyond the lease, another instance",
        red="turns states_again",
    ),
    mutant(
        "the fence asks for the name alone, not for the epoch",
        STORE,
        (" AND owner = :owner AND epoch = :epoch RETURNING", " AND owner = :owner RETURNING"),
        under="SIGSTOP beyond the lease, another of its name",
        red="turns states_again",
    ),
    mutant(
        "a takeover does not count the epoch up",
        LEASE,
        ("SET owner = :owner, epoch = epoch + 1,", "SET owner = :owner, epoch = epoch,"),
        under="SIGSTOP beyond the lease, another of its name",
        red="states_again",
    ),
    mutant(
        "positions are advanced in a statement of their own, before the batch",
        STORE,
        (
            "        [(held, numbers, topics)] = await _COMMIT.rows(\n",
            """        await Statement(
            "UPDATE partition SET positions = positions || CAST(:positions AS jsonb)"
            " WHERE partition = :partition"
        ).rows(conn, {"positions": json.dumps(dict(positions)), "partition": fence.partition})
        [(held, numbers, topics)] = await _COMMIT.rows(
""",
        ),
        under="kill -9 of all before a commit of clock",
        red="said_is_heard outside",
    ),
    mutant(
        "the position on one topic is not stored",
        STORE,
        (
            "UPDATE partition SET positions = positions || CAST(:positions AS jsonb), turns",
            "UPDATE partition SET positions = positions || (CAST(:positions AS jsonb) - 'cases'), turns",
        ),
        under="plain load",
        red="turns",
    ),
    mutant(
        "what was heard before is heard again",
        FOLD,
        (
            "        else:\n            return False\n        row.changed = True\n",
            "        row.changed = True\n",
        ),
        under="connections cut after commits",
        red="states_again said_again",
    ),
    mutant(
        "a fact in its order is taken for a repetition where another was missed",
        FOLD,
        (
            " and not counted):\n            heard.last = fact.sequence\n",
            " and not counted):\n            heard.last = fact.sequence + (fact.sequence == 2)\n",
        ),
        under="plain load",
        red="states_again",
    ),
    mutant(
        "numbers are not counted on: two facts have one",
        FOLD,
        (
            "self._process.says, thread.said + 1\n",
            "self._process.says, max(thread.said, min(3, thread.said + 1))\n",
        ),
        under="plain load",
        red="in_order states_again",
    ),
    mutant(
        "a fact is said twice",
        FOLD,
        (
            "        for saying in decision.says:\n",
            "        for saying in decision.says * 2:\n",
        ),
        under="plain load",
        red="said_again states_again",
    ),
    mutant(
        "what could not be decided is dropped, not kept as a dead letter",
        FOLD,
        (
            "        self._park(row)\n        self.result.dead.append(letter)\n",
            "        self.result.dead.append(letter)\n        self.result.dead.pop()\n",
        ),
        under="a record that nobody can read",
        red="parked_is_known",
    ),
    mutant(
        "a case goes on behind its dead letter",
        FOLD,
        (
            "            elif row.thread.parked:\n                self._bury",
            "            elif row.thread.parked and arrival.fact is None:\n                self._bury",
        ),
        under="a record that nobody can read",
        red="states_again said_again",
    ),
    mutant(
        "an outbox row is deleted before the wire has acknowledged",
        RELAY,
        ("        await self._wire.publish([record for bundle in batch for record in bundle.records])\n", ""),
        (
            "            await acknowledged(conn, batch)\n",
            """            await acknowledged(conn, batch)
        await self._wire.publish([record for bundle in batch for record in bundle.records])
""",
        ),
        under="kill -9 of all between commit and wire",
        red="in_order said_is_decided outside",
    ),
    mutant(
        "an outbox row is never deleted",
        RELAY,
        ("            await acknowledged(conn, batch)\n", "            await acknowledged(conn, [])\n"),
        under="plain load",
        red="outside",
    ),
    mutant(
        "what the wire refused once is not published again",
        RELAY,
        (
            "                await first(stop, within=delay)\n            else:",
            "                return\n            else:",
        ),
        under="the wire refuses",
        red="in_order outside",
    ),
    mutant(
        "what is said is kept in memory alone",
        STORE,
        (
            " AS new (topic, facts, records) RETURNING number, topic",
            " AS new (topic, facts, records) WHERE facts > 100 RETURNING number, topic",
        ),
        (
            """            Bundle(number, said[topic, fence.partition])
            for number, topic in zip(numbers, topics, strict=True)
""",
            "            Bundle(-1, records) for records in said.values()\n",
        ),
        under="kill -9 of all between commit and wire",
        red="said_is_decided in_order outside",
    ),
    mutant(
        "a takeover does not sweep the outbox",
        RUNNER,
        (
            "                await self._shared.relay.sweep([self.partition], stop)\n            while",
            "                pass\n            while",
        ),
        under="kill -9 of all between commit and wire",
        red="in_order outside",
    ),
    mutant(
        "after a commit of unknown fate the outbox is not swept",
        RUNNER,
        (
            "                        await self._shared.relay.sweep([self.partition], stop)\n",
            "                        pass\n",
        ),
        under="connections cut after commits",
        red="in_order outside",
    ),
    mutant(
        "what was read is forgotten before it is committed",
        RUNNER,
        (
            _COMMITTED,
            """        for _ in batch:
            self._read.popleft()
        batch = []
"""
            + _COMMITTED,
        ),
        under="half of the commits cut before they come about",
        red="turns",
    ),
    mutant(
        "rows of a batch that failed are kept as they were before it",
        "shared/stream/rows.py",
        (
            "            stored = self._kept.pop(key, None)\n",
            "            stored = self._kept.get(key)\n",
        ),
        under="connections cut after commits",
        red="states_again",
    ),
    mutant(
        "a partition that was taken over is read from its beginning",
        RUNNER,
        (
            "{topic: lease.positions.get(topic, 0) for topic",
            "{topic: 0 * lease.positions.get(topic, 0) for topic",
        ),
        under="kill -9 of all between wire and outbox",
        red="turns",
    ),
    mutant(
        "a partition that was taken over is read from one too far on",
        RUNNER,
        (
            "{topic: lease.positions.get(topic, 0) for topic",
            "{topic: lease.positions.get(topic, -1) + 1 for topic",
        ),
        under="kill -9 of all between wire and outbox",
        red="turns outside",
    ),
    mutant(
        "the reader passes a record over",
        "shared/stream/wire_postgres.py",
        (
            "            if record.offset >= wanted[topic, partition]\n",
            "            if record.offset >= wanted[topic, partition] and record.offset != 4\n",
        ),
        under="plain load",
        red="turns said_is_heard outside",
    ),
    mutant(
        "an offset is published to that the wire has already",
        "shared/stream/wire_postgres.py",
        (
            "SET next = locked.next + locked.facts FROM",
            "SET next = locked.next + greatest(1, locked.facts - 1) FROM",
        ),
        under="plain load",
        red="outside",
    ),
    mutant(
        "time is let through before the facts on the wire",
        RUNNER,
        ("        if behind and self._clock.real_now() < self._gate_until:\n            return []\n", ""),
        under="answered while the clock was down",
        red="outside",
    ),
    mutant(
        "due is taken 50 ms early",
        RUNNER,
        (
            "        now = self._clock.now()\n        while self._wishes",
            "        now = self._clock.now() + self._clock.span(50_000)\n        while self._wishes",
        ),
        under="plain load",
        red="turns",
    ),
    mutant(
        "a state that was woken keeps its wake_at",
        FOLD,
        (
            "row.state, row.wake_at, row.changed = decision.state, decision.wake_at, True",
            "row.state, row.wake_at, row.changed = decision.state, decision.wake_at or row.wake_at, True",
        ),
        under="plain load",
        red="states_again outside",
    ),
    mutant(
        "the store keeps the first wake_at",
        STORE,
        ("SET version = new.version, wake_at = new.wake_at,", "SET version = new.version,"),
        under="plain load",
        red="states_again outside",
    ),
    mutant(
        "a new due instant is not waited for until the index is read again",
        RUNNER,
        ("        self._due.add((row.wake_at, row.key) for row in rows)\n", ""),
        under="nobody answers, audited amid it",
        red="nothing_overdue",
    ),
    mutant(
        "a call is begun before its attempt is on record",
        RUNNER,
        (
            _COMMITTED,
            "        for key, call in fold.result.calls:\n            self._calls.begin(key, call)\n"
            + _COMMITTED,
        ),
        (
            "            self._calls.begin(key, call)  # first: no page waits until the wire has room\n",
            "            pass\n",
        ),
        under="half of the notifier's commits cut before they come about",
        red="outside",
    ),
    mutant(
        "the outcome of a call is forgotten",
        RUNNER,
        ("        self._outcomes.append(outcome)\n", ""),
        under="plain load",
        red="outside",
    ),
)
