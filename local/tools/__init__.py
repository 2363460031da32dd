"""What a person starts: make demo, buy, refund, cancel, event and tables."""
