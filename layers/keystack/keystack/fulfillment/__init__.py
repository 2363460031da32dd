"""What workers do with an event: load, decide, save, then the effects."""
