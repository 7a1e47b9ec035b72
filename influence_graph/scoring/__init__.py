"""From raw influence to a score between 1 and 100."""
