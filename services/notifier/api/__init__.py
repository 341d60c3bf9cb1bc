"""The notifier over HTTP: the acknowledge page for people, acknowledging and the ledger for systems."""
