"""Settings → Billing → Stripe → Connect: the keys, the webhook and its secrets."""

from frame.routes import Pages

pages = Pages()
