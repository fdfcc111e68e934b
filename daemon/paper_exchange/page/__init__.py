"""The page for people: what the exchange holds and does, with controls and faults."""
