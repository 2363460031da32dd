"""Settings → API keys. A key is shown once."""

from frame.routes import Pages

pages = Pages()
