"""Reading over HTTP: where a case lies and how far its ladders are, and who is on call."""
