"""A log lived through in virtual time by the services' own pure functions: no database, no wire, no wait."""
