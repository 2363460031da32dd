"""Settings → Billing → Stripe → Price → plan mapping."""

from frame.routes import Pages

pages = Pages()
