"""The only place that knows Stripe's shapes and calls Stripe."""
