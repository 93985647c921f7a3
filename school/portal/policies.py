"""Portal pages are public; who edits them follows from school.portal.services."""

from school.row_security import excuse

for _model in ("PortalHome", "NewsIndex", "NewsPage"):
    excuse(f"portal.{_model}", "Public pages.")
