"""Sessions and tickets are read by their keys and by their own person alone."""

from school.row_security import excuse

for _model in ("HostSession", "Ticket"):
    excuse(f"sso.{_model}", "Read while a person is being signed in, before it is known who they are.")
