"""Pages of the library: for readers, for the desk, and the content host's side of reading."""
