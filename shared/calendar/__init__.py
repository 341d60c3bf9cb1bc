"""Business time: when a calendar is open, how much of a stretch counts, and when a budget is used up.

Pure. An instant is an int of UTC microseconds since 1970, a span of time an int of microseconds;
intervals are half open. The façade is `shared.calendar.calendar.Calendar`.
"""
