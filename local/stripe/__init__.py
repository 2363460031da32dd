"""What plays Stripe: its objects, its API, its catalogue and its webhooks."""
