"""The templates of this package, one a file."""
