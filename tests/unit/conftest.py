"""Properties are about answers, not about how busy the machine is; the suite stays a matter of seconds."""

from hypothesis import settings

settings.register_profile("unit", deadline=None, max_examples=60)
settings.load_profile("unit")
