"""Who matters by position in the graph of attention: one file a family of methods."""
