"""Mutants of the services: door and journal, judgement, pages, deliveries."""

from tests.mutants.mutant import mutant

DOOR = "shared/stream/door.py"
JOURNAL = "services/intake/store.py"
DELIVERY = "services/notifier/domain/delivery.py"

OTHERS = (
    mutant(
        "an event is thanked for and never committed",
        DOOR,
        (
            "        async with self._ground.engine.begin() as conn:\n            numbers",
            "        async with self._ground.engine.connect() as conn:\n            numbers",
        ),
        under="plain load",
        red="outside",
    ),
    mutant(
        "an event is thanked for, and its fact is not said",
        DOOR,
        (
            "for one in admitted if one.fact is not None]",
            "for one in admitted if one.fact is not None and one.fact.sequence != 2]",
        ),
        under="plain load",
        red="accepted_once said_is_decided in_order outside",
    ),
    mutant(
        "a repeated event is a fact again: its identity is not asked for",
        JOURNAL,
        (
            "        stored = await _find(conn, [one.identity for one in posted])\n        cases",
            "        stored: dict[Identity, str] = {}\n        cases",
        ),
        ("identified(new.pop(place).event, event)", "identified(new[place].event, event)"),
        under="plain load",
        red="accepted_once",
    ),
    mutant(
        "the journal has another text than the fact",
        JOURNAL,
        (
            '        "events": [one.event.text for one in posted],\n',
            '        "events": [one.event.text.replace("P1", "P2") for one in posted],\n',
        ),
        under="plain load",
        red="accepted_once",
    ),
    mutant(
        "a late fact retracts nothing",
        "services/clock/domain/decide.py",
        ("        *[each for each in gone if each is not None],\n", ""),
        under="plain load",
        red="said_again",
    ),
    mutant(
        "a warning's page is asked for, and its breach's is not",
        "services/escalation/domain/decide.py",
        (
            "    routing.spend(draft, news)\n    climbing.reached(draft, news)\n",
            """    routing.spend(draft, news)
    if news.words != "breach":
        climbing.reached(draft, news)
""",
        ),
        under="plain load",
        red="said_again outside",
    ),
    mutant(
        "a page is suppressed without a reason",
        DELIVERY,
        (
            'return _to(delivery, "needless", next_at=None, reason=why)',
            'return _to(delivery, "needless", next_at=None, reason="")',
        ),
        (
            'return _to(delivery, "needless", next_at=None, reason=delivery.needless)',
            'return _to(delivery, "needless", next_at=None, reason="")',
        ),
        under="receivers answer 500",
        red="causes_are_delivered outside",
    ),
    mutant(
        "an attempt whose fate is unknown is taken for accepted",
        DELIVERY,
        (
            "    if isinstance(outcome, Accepted):\n        return _to",
            "    if isinstance(outcome, Accepted | Unknown):\n        return _to",
        ),
        under="receivers take it and drop the line",
        red="states_again",
    ),
    mutant(
        "what was accepted is tried once more",
        DELIVERY,
        (
            '        return _to(delivery, "accepted", next_at=None, reason="")\n',
            """        if number == 1:
            return replace(delivery, status=Status.PLANNED, next_at=now, reason="")
        return _to(delivery, "accepted", next_at=None, reason="")
""",
        ),
        under="plain load",
        red="one_delivery_an_effect outside",
    ),
    mutant(
        "each attempt has a key of its own",
        "services/notifier/channels/voice.py",
        (
            "            effect=call.effect,\n            key=key,",
            '            effect=f"{call.effect}-{call.attempt}",\n            key=key,',
        ),
        under="receivers take it and drop the line",
        red="outside",
    ),
    mutant(
        "a failed channel's next one is planned, and never tried",
        "services/notifier/domain/planning.py",
        (
            "        rest=tuple(rest),\n        planned_at=failed.planned_at,\n        next_at=now,\n",
            "        rest=tuple(rest),\n        planned_at=failed.planned_at,\n        next_at=None,\n",
        ),
        under="receivers refuse it",
        red="states_again said_again",
    ),
)
