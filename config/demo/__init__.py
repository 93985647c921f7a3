"""The demonstration district: what `make run` shows on an empty database. Every person in it is invented."""
