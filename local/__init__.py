"""The local stack: what template.yaml describes, run on one machine without AWS, Docker or Stripe.

Three rooms: tools (what a person starts) use stack (plays AWS) and stripe (plays Stripe); stack starts stripe. The
modules beside them are what the rooms share, and import none of them. `python -m local` starts the stack.
"""
