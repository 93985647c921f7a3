"""The tables of people and their ways in that are watched; a password's hash and sealed secrets are never copied."""

from school.audit.watching import watch

HOME = (
    "coalesce((SELECT school_id FROM organisation_enrolment WHERE student_id = {person} ORDER BY starts DESC, id LIMIT 1), "
    "(SELECT s.id FROM organisation_membership m JOIN organisation_school s ON s.node_id = m.node_id "
    "WHERE m.user_id = {person} ORDER BY m.starts DESC, m.id LIMIT 1), "
    "(SELECT e.school_id FROM organisation_guardianship g JOIN organisation_enrolment e ON e.student_id = g.student_id "
    "WHERE g.guardian_id = {person} ORDER BY e.starts DESC, e.id LIMIT 1))"
)


def home(column: str) -> str:
    """The school of a person as organisation.selectors.home_school finds it, for the column that holds their id."""
    return HOME.replace("{person}", f"{{{column}}}")


watch(
    "identity.User",
    subject="id",
    school=home("id"),
    leave_out=("last_login", "sort_key", "search_text", "family_middle", "given_name", "language"),
    secret=("password",),
)
watch("mfa.Authenticator", subject="user_id", school=home("user_id"), leave_out=("last_used_at",), secret=("data",))
watch("account.EmailAddress", subject="user_id", school=home("user_id"))
watch(
    "socialaccount.SocialAccount",
    subject="user_id",
    school=home("user_id"),
    leave_out=("last_login",),
    secret=("extra_data",),
)
