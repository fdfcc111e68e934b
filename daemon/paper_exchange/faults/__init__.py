"""Faults on demand: what a real exchange does on a bad day, by command or by seed, recorded."""
