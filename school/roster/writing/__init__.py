"""From checked rows to the data base: what an import must know before, and what it writes."""
