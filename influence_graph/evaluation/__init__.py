"""How far scores agree, and what they are worth."""
