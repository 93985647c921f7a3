"""OneRoster 1.1 and 1.2 in CSV, in and out, from one table of columns."""
