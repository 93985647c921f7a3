"""What `make` calls: plain Python of the standard library, so that it runs before anything is installed."""
