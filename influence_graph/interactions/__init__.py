"""The log of who acted on whom: schema, readers, identities."""
