"""Which of the library's pages are open to whom; the person is not known yet while they run."""

from school.policy import Access, declare_view

for _name in (
    "saml_login",
    "saml_finish_acs",
    "saml_metadata",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
):
    declare_view(_name, Access("public"))
