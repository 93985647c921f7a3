"""Template tags of the gradebook."""
