"""One file a way of speaking: `send(outgoing) -> Outcome`. It says what happened, not what follows."""
