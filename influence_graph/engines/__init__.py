"""Other engines than this process: the same contracts on a cluster."""
