"""What a person starts: make demo, buy, upgrade, refund, cancel and the like, event and tables."""
