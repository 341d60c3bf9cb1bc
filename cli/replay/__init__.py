"""A log told to a running system over HTTP, each event at its own time, and what came of it compared."""
