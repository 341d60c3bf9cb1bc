"""Where a case lies and who must hear of it: routing, tiers, ladders, acknowledgements. Pure."""
