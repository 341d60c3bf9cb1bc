"""Logs of other systems turned into case events: a mapping says how one is read; nothing vanishes."""
