"""Who sees whom, who posts how much: the parts of which behaviour is simulated."""
