"""Months are closed by the timetable and by hand, all that are due and each once."""
