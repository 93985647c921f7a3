"""Which rows of the organisation are about whom."""

from django.utils.translation import gettext_lazy as _

from school.personal import POSTS, RECORDS, contribute

_TIME = ("starts", "ends")
contribute(
    "organisation.Enrolment",
    "student",
    title=_("Enrolments"),
    kind=RECORDS,
    fields=("school__name", "school_class__name", "status", *_TIME),
)
contribute(
    "organisation.Guardianship",
    "student",
    title=_("Guardians"),
    kind=RECORDS,
    fields=("guardian__full_name", "relation", "is_primary", *_TIME),
)
contribute(
    "organisation.Guardianship",
    "guardian",
    title=_("Children"),
    kind=RECORDS,
    fields=("student__full_name", "relation", "is_primary", *_TIME),
)
contribute("organisation.Membership", "user", title=_("Posts held"), kind=POSTS, fields=("role", "node__name", *_TIME))
contribute(
    "organisation.TeachingAssignment",
    "teacher",
    title=_("Teaching"),
    kind=POSTS,
    fields=("school__name", "school_class__name", "subject__name", *_TIME),
)
contribute(
    "organisation.HomeroomAssignment",
    "teacher",
    title=_("Homerooms"),
    kind=POSTS,
    fields=("school__name", "school_class__name", *_TIME),
)
