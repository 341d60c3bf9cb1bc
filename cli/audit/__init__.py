"""`tocsin audit`: everything that must hold, checked from the stores and the wire alone."""
