"""What an event must be, and what is known of a case from its events. Pure."""
