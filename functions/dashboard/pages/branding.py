"""Settings → Branding: how mails look, and a test mail."""

from frame.routes import Pages

pages = Pages()
