"""Reading the clocks of a case over HTTP."""
