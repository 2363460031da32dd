"""What the functions do with domain, Stripe, storage and mail: load, decide, save, then the effects."""
