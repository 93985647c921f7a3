"""The provider's endpoints, the person's connected applications, and the office's list of applications."""

from . import applications, authorize, connections, logout, metadata, tokens

__all__ = ["applications", "authorize", "connections", "logout", "metadata", "tokens"]
