"""The deliveries table."""
