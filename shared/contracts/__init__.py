"""The published language: the envelope and every fact, one file an owner. Pure, versioned, additive only."""
