"""KeyStack: from a paid Checkout Session to a working license."""
