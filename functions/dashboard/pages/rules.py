"""Settings → Billing → Stripe → Plan rules."""

from frame.routes import Pages

pages = Pages()
