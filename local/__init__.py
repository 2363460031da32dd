"""The local stack: what template.yaml describes, run on one machine without AWS, Docker or Stripe."""
