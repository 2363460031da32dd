"""The audit table."""
