"""Slow work of the library on files: knows nothing of requests or of Celery."""
