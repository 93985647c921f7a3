"""We are the platform: our lessons launch a tool, which reads members and writes scores."""
