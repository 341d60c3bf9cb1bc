"""Writes incidents.csv: an invented incident log with the columns of ServiceNow's, all paths in it.

    python tests/data/make_incidents.py > tests/data/incidents.csv

Each case is a list of updates: minutes after the opening, state, and what changed. Some rows are nonsense on
purpose; `test_import.py` knows which.
"""

import csv
import sys
from datetime import datetime, timedelta
from pathlib import Path

COLUMNS = """
number incident_state active reassignment_count reopen_count sys_mod_count made_sla caller_id opened_by
opened_at sys_created_by sys_created_at sys_updated_by sys_updated_at contact_type location category
subcategory u_symptom cmdb_ci impact urgency priority assignment_group assigned_to knowledge
u_priority_confirmation notify problem_id rfc vendor caused_by closed_code resolved_by resolved_at closed_at
""".split()  # noqa: SIM905 - 36 lines would hide the cases
PRIORITIES = ("1 - Critical", "2 - High", "3 - Moderate", "4 - Low")
MONDAY = datetime(2016, 3, 7, 8, 0)  # noqa: DTZ001 - the export's local wall clock
HOUR = 60
DAY = 24 * HOUR

Update = tuple[int, str, dict[str, str]]


def at(minutes: int, state: str, **changed: str) -> Update:
    return minutes, state, changed


def ordinary(answer: int, solve: int, close: int = 5 * DAY) -> list[Update]:
    """Opened, taken up, solved, closed by the machine."""
    return [
        at(0, "New"),
        at(answer, "Active", assigned_to="Ada"),
        at((answer + solve) // 2, "Active"),
        at(solve, "Resolved"),
        at(solve + close, "Closed", sys_updated_by="Updated by 908"),
    ]


def waiting(state: str, ask: int, answer: int, solve: int) -> list[Update]:
    """Taken up at once, waits for somebody, goes on, is solved."""
    return [
        at(0, "Active", assigned_to="Grace"),
        at(ask, state),
        at(ask, state),
        at(answer, "Active"),
        at(solve, "Resolved"),
        at(solve + 2 * DAY, "Closed", sys_updated_by="Updated by 908"),
    ]


def reopened(times: int) -> list[Update]:
    found = [at(0, "New"), at(20, "Active")]
    for count in range(times + 1):
        start = 60 + count * DAY
        found += [
            at(start, "Active", reopen_count=str(count)),
            at(start + 60, "Resolved", reopen_count=str(count)),
        ]
    return [*found, at(times * DAY + 5 * DAY, "Closed")]


def cases() -> dict[str, tuple[datetime, str, list[Update]]]:
    """Key to (opened, first priority, updates)."""
    found: dict[str, tuple[datetime, str, list[Update]]] = {}

    def add(opened: datetime, priority: int, updates: list[Update], key: str = "") -> None:
        found[key or f"INC{len(found) + 1:07}"] = (opened, PRIORITIES[priority - 1], updates)

    for number in range(16):  # every priority, in time and too late, on every day of the week and at night
        opened = MONDAY + timedelta(days=number % 8, minutes=number * 97)
        add(opened, number % 4 + 1, ordinary(10 + 40 * number, 60 + 300 * number))
    for number, state in enumerate(["User Info", "Problem", "Vendor", "Evidence"]):
        opened = MONDAY + timedelta(days=3, hours=number * 3)
        add(opened, 2, waiting(f"Awaiting {state}", 30, 90 + DAY * number, 150 + DAY * number))
    # Waits over the spring change of the clocks (27 March) and over Easter.
    add(datetime(2016, 3, 24, 15, 0), 3, waiting("Awaiting User Info", 45, 4 * DAY + 60, 5 * DAY))  # noqa: DTZ001
    for times in (1, 2, 3):
        add(MONDAY + timedelta(days=1, hours=times), 3, reopened(times))
    # The severity rises, falls, goes up and down; the new due may lie in the past.
    for path in ([4, 1], [1, 4], [3, 2, 4, 1], [2, 1, 2]):
        rows = [at(0, "New"), at(15, "Active")]
        rows += [at(200 + 100 * n, "Active", priority=PRIORITIES[p - 1]) for n, p in enumerate(path[1:])]
        add(MONDAY + timedelta(days=2), path[0], [*rows, at(900, "Resolved"), at(900 + DAY, "Closed")])
    # Solved on the phone: the first row is already the last word, the resolution has no instant of its own.
    add(MONDAY + timedelta(days=4), 4, [at(0, "Resolved", resolved_at="?"), at(5 * DAY, "Closed")])
    # Closed without a resolution; resolved again, no reopening; closed again.
    add(MONDAY + timedelta(days=4, hours=1), 3, [at(0, "New"), at(30, "Active"), at(2 * DAY, "Closed")])
    add(
        MONDAY + timedelta(days=4, hours=2),
        2,
        [*ordinary(5, 120)[:4], at(300, "Resolved"), at(3 * DAY, "Closed")],
    )
    add(
        MONDAY + timedelta(days=4, hours=3),
        2,
        [*ordinary(5, 120), at(9 * DAY, "Closed"), at(9 * DAY, "Closed")],
    )
    # The resolution is said to lie after the closing: used, with a doubt.
    late = [at(0, "New"), at(30, "Active"), at(60, "Resolved"), at(DAY, "Closed")]
    add(
        MONDAY + timedelta(days=4, hours=4),
        3,
        [(*u[:2], u[2] | {"resolved_at": "13-03-2016 09:00"}) for u in late],
    )
    # Everything within a minute or two.
    add(MONDAY + timedelta(hours=2), 1, [at(0, "New"), at(0, "Active"), at(0, "Resolved"), at(1, "Closed")])
    add(
        MONDAY + timedelta(hours=2),
        1,
        [
            at(1, "New"),
            at(1, "Active"),
            at(1, "Awaiting User Info"),
            at(1, "Active"),
            at(1, "Resolved"),
            at(1, "Active", reopen_count="1"),
            at(1, "Resolved", reopen_count="1"),
            at(2, "Closed"),
        ],
    )
    # Never finished.
    add(MONDAY + timedelta(days=5), 1, [at(0, "New")])
    add(MONDAY + timedelta(days=5), 2, [at(0, "New"), at(25, "Active")])
    add(MONDAY + timedelta(days=5), 3, [at(0, "New"), at(25, "Awaiting Vendor")])
    # Keys and names of all kinds.
    add(MONDAY, 3, ordinary(30, 90), "INC/æøå 日本語 🔔")
    add(
        MONDAY,
        3,
        [at(0, "New", category='Quote "q", comma\nand a line'), *ordinary(30, 90)[1:]],
        "INC%2F?#&=",
    )
    add(MONDAY, 4, ordinary(30, 90), "i" * 230)
    # Nonsense, alone and among good rows.
    add(MONDAY, 3, [at(-60, "New"), *ordinary(30, 90)], "INC-BEFORE")
    add(MONDAY, 3, [at(0, "New"), at(30, "Frozen"), *ordinary(30, 90)[1:]], "INC-STATE")
    add(
        MONDAY,
        3,
        [at(0, "New"), at(30, "Active", priority="5 - Whatever"), *ordinary(30, 90)[1:]],
        "INC-PRIORITY",
    )
    add(
        MONDAY,
        3,
        [
            at(0, "New"),
            at(30, "Active", sys_updated_at="32-03-2016 10:00"),
            at(40, "Active"),
            at(60, "Resolved"),
            at(DAY, "Closed"),
        ],
        "INC-DATE",
    )
    add(MONDAY, 3, [*ordinary(30, 90)[:3], at(10, "Active"), *ordinary(30, 90)[3:]], "INC-BACK")
    add(
        MONDAY,
        3,
        [
            at(0, "New"),
            at(30, "Active"),
            at(40, "Active", sys_mod_count="1"),
            at(50, "Resolved"),
            at(DAY, "Closed"),
        ],
        "INC-REVISION",
    )
    add(MONDAY, 3, [at(120, "New"), *ordinary(30, 90)], "INC-AFTER")
    add(MONDAY, 3, ordinary(30, 90), "?")
    add(MONDAY, 3, ordinary(30, 90), "i" * 231)
    add(MONDAY, 2, [at(0, "New"), at(30, "Active", resolved_at="soon"), at(DAY, "Active")], "INC-SOON")
    return found


def rows() -> list[dict[str, str]]:
    written = []
    for key, (opened, first_priority, updates) in cases().items():

        def wall(minutes: int, start: datetime = opened) -> str:
            return (start + timedelta(minutes=minutes)).strftime("%d-%m-%Y %H:%M")

        ends = {
            state: wall(max(minutes for minutes, is_state, _ in updates if is_state == state))
            for state in ("Resolved", "Closed")
            if any(is_state == state for _, is_state, _ in updates)
        }
        known = dict.fromkeys(COLUMNS, "?") | {
            "number": key,
            "active": "TRUE",
            "reopen_count": "0",
            "made_sla": "TRUE",
            "caller_id": "Caller 7",
            "opened_at": wall(0),
            "contact_type": "Phone",
            "category": "Category 1",
            "subcategory": "Subcategory 2",
            "priority": first_priority,
            "resolved_at": ends.get("Resolved", "?"),
            "closed_at": ends.get("Closed", "?"),
        }
        for revision, (minutes, state, changed) in enumerate(updates):
            row = known | {
                "sys_mod_count": str(revision),
                "incident_state": state,
                "sys_updated_at": wall(minutes),
            }
            row |= {"sys_updated_by": "Updated by 1"} | changed
            for lasting in ("priority", "assigned_to", "reopen_count"):
                if lasting in changed and row["priority"] in PRIORITIES:
                    known[lasting] = row[lasting]
            written.append(row)
    return written


def write(file: Path | None = None) -> None:
    with file.open("w", encoding="utf-8", newline="") if file else sys.stdout as out:
        table = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows())
        out.write("INC-SHORT,New,TRUE\n")


if __name__ == "__main__":
    write()
