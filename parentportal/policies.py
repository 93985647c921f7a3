"""Who may read and write the contact book, and who may look into the outbox."""

from school.policy import Role, any_of, child, declare, homeroom, office_over, own, own_school, teaches

# A conversation is between a family and the teachers it was written by or for; nobody else of the school reads along.
declare(
    "parentportal.Thread",
    "view",
    {Role.PARENT: child("student"), Role.HOMEROOM: homeroom("school_class"), Role.TEACHER: own("opened_by")},
)
# The family's page of one child hangs on the child's enrolment, so that it ends when the child leaves.
declare("organisation.Enrolment", "contact-book", {Role.PARENT: child("student")})
# Teachers write to the families of the classes they teach or lead (grading.md 7: "own class", "own classes").
declare(
    "organisation.SchoolClass",
    "contact-book",
    {Role.HOMEROOM: homeroom(), Role.TEACHER: any_of(teaches(), homeroom())},
)
declare(
    "parentportal.Delivery",
    "view",
    {
        Role.OFFICE_ADMIN: office_over("school"),
        Role.PRINCIPAL: own_school("school", Role.PRINCIPAL),
        Role.VICE_PRINCIPAL: own_school("school", Role.VICE_PRINCIPAL),
        Role.SCHOOL_ADMIN: own_school("school", Role.SCHOOL_ADMIN),
    },
)
declare(
    "parentportal.Delivery",
    "retry",
    {
        Role.PRINCIPAL: own_school("school", Role.PRINCIPAL),
        Role.SCHOOL_ADMIN: own_school("school", Role.SCHOOL_ADMIN),
    },
)
