"""What the bot shows: each command is a module with a reader and a pure function that lays it out."""
