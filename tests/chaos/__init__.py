"""Real processes in trouble: daemons, database and exchange killed, stopped and cut off."""
