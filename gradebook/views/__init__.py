"""Pages of the gradebook, one module per kind."""
