"""Deliveries of one case: what is planned, what is on its way, what became of it. Pure."""
