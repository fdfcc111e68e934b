"""Strategies run in processes of their own: what one does wrong is its own loss alone."""
