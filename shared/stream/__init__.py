"""The kit: facts and the passing of time in, one transaction, states and facts out."""
