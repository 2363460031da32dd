"""What always holds: facts, holds, status, plans, keys. Standard library only; no clock, no randomness, no I/O."""
