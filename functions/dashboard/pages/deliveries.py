"""Settings → Webhooks → Deliveries: what Stripe sent and what became of it; Replay."""

from frame.routes import Pages

pages = Pages()
