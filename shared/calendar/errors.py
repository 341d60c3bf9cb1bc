"""What is wrong with a calendar, said to the person who wrote it."""


class CalendarError(ValueError):
    """A calendar, a span or a question to a calendar that makes no sense; the text says what to do."""
