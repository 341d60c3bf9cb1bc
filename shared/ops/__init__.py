"""What every process needs and no fact knows: time, settings, database, words, numbers, life and death."""
