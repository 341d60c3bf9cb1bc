"""The four services. They never import one another: they meet on the wire alone."""
