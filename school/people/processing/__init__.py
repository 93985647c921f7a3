"""What is done to many people, and how two accounts become one; idempotent, knows nothing of Celery."""
