"""A whole system on this machine: PostgreSQL, perhaps Kafka, and the four services under one supervisor."""
