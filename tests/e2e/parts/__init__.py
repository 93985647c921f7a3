"""The parts of the story, each told by one person in one window."""
