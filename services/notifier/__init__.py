"""The only voice to the outside: pages to people, updates to customers.

owns:  the delivery ledger (every attempt, written before the call) and the acknowledgements.
hears: `escalations` (pages asked for, withdrawn), `clocks` (updates asked for, what was promised next),
       `cases` (who and what it is about), `acknowledgements`, and the outcome of its own calls.
says:  `deliveries` (accepted, failed, suppressed, update sent); at its door `acknowledgements`.
never: decides who must hear of a case, or when; never sends what is not in the committed ledger.
"""
