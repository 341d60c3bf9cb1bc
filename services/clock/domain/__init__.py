"""The SLA clocks of one case, pure: facts and the passing of time in, judgements out.

Judgements are a set that follows from the facts by their times, in whatever order they arrived; a decision
says the difference between what follows now and what was said before.
"""
