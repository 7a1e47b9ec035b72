"""What spreads when a person speaks."""
