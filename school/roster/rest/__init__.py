"""OneRoster 1.2 over REST: the rostering service, read only, from the pictures of school.roster.pictures."""
