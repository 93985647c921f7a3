"""Who may see and do what in the library: the school's own people read, its librarian keeps the books."""

from django.db.models import Q

from school.policy import Actor, Relation, Role, any_of, child, declare, office_over, own, own_school

READERS = (
    Role.PRINCIPAL,
    Role.VICE_PRINCIPAL,
    Role.SCHOOL_ADMIN,
    Role.LIBRARIAN,
    Role.TEACHER,
    Role.HOMEROOM,
    Role.EMPLOYEE,
    Role.STUDENT,
    Role.PARENT,
)


def _of_the_office(path: str = "school") -> Relation:
    """Records and e-books without a school belong to the office and are for everyone who belongs to a school."""

    def relation(actor: Actor) -> Q:
        return Q(**{f"{path}__isnull": True})

    return relation


def _readers(path: str = "school") -> dict[Role, Relation]:
    rules: dict[Role, Relation] = {role: any_of(own_school(path, role), _of_the_office(path)) for role in READERS}
    rules[Role.OFFICE_ADMIN] = any_of(office_over(path), _of_the_office(path))
    return rules


def _keepers(path: str = "school") -> dict[Role, Relation]:
    return {Role.LIBRARIAN: own_school(path, Role.LIBRARIAN), Role.OFFICE_ADMIN: _of_the_office(path)}


declare("library.Record", "view", _readers())
declare("library.Record", "catalogue", _keepers())
declare("library.EBook", "view", _readers())
declare("library.EBook", "catalogue", _keepers())
declare("library.Item", "view", _readers())
declare("library.Item", "lend", {Role.LIBRARIAN: own_school("school", Role.LIBRARIAN)})
declare(
    "library.Loan",
    "view",
    {
        Role.LIBRARIAN: own_school("school", Role.LIBRARIAN),
        Role.PRINCIPAL: own_school("school", Role.PRINCIPAL),
        Role.VICE_PRINCIPAL: own_school("school", Role.VICE_PRINCIPAL),
        Role.STUDENT: own("borrower"),
        Role.TEACHER: own("borrower"),
        Role.EMPLOYEE: own("borrower"),
        Role.PARENT: child("borrower"),
    },
)
declare("library.Loan", "lend", {Role.LIBRARIAN: own_school("school", Role.LIBRARIAN)})
