"""Tocsin's shared ground: contracts, calendar, policy, stream, ops. Knows no service."""
