"""The key and the browser of the identity provider's tests, for those that compare readers with applications that sign in."""

from tests.school.oidc.conftest import browser, key, pem

__all__ = ["browser", "key", "pem"]
