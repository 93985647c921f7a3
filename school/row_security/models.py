"""No tables of its own; Django tells an app of finished migrations only when it has this module."""
