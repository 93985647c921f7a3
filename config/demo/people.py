"""Two schools' lists, read as any school's are, and one person per role who can sign in."""

from __future__ import annotations

from school.identity.models import User
from school.organisation.models import Guardianship, School
from school.roster.services import Outcome, roster_import

from .district import OFFICE_ADMIN
from .files import PASSWORD, SignIn, demo_file

NGOC_LAM, AI_MO = "01004039", "01004001"
LISTS = {NGOC_LAM: "thcs_ngoc_lam", AI_MO: "th_ai_mo_a"}

PRINCIPAL, VICE, LIBRARIAN, TECHNICIAN = "GV039001", "GV039002", "GV039003", "GV039004"
MATHS_TEACHER, HOMEROOM_TEACHER, LITERATURE_TEACHER = "GV039015", "GV039024", "GV039012"
STUDENT = "0103915001"
# A teacher of the lower secondary school who brings a child of the primary school up: two roles, one sign-in.
TEACHER_AND_PARENT, WARD = "GV039020", "0100120002"

ROLES = (
    ("Quản trị cơ quan", OFFICE_ADMIN),
    ("Hiệu trưởng", PRINCIPAL),
    ("Phó hiệu trưởng", VICE),
    ("Quản trị trường", TECHNICIAN),
    ("Thủ thư", LIBRARIAN),
    ("Giáo viên Toán 6A1", MATHS_TEACHER),
    ("Chủ nhiệm 6A1", HOMEROOM_TEACHER),
    ("Học sinh 6A1", STUDENT),
    ("Giáo viên và phụ huynh", TEACHER_AND_PARENT),
)


def person(code: str) -> User:
    """A person of the lists by sign-in name. Raises User.DoesNotExist."""
    found: User = User.objects.get(code=code)
    return found


def lists_import() -> None:
    """Staff, students and teaching of both schools. Raises RuntimeError when a list of ours is not read as it should be."""
    for code, stem in LISTS.items():
        school = School.objects.get(code=code)
        for kind in ("staff", "students", "teaching"):
            content = demo_file("district", f"{kind}_{stem}.xlsx").read_bytes()
            outcome = roster_import(school=school, kind=kind, content=content)
            if not outcome.written:
                raise RuntimeError(f"{kind}_{stem}.xlsx was not taken in: {_trouble(outcome)}")


def _trouble(outcome: Outcome) -> str:
    return outcome.refusal or "; ".join(f"{fault.row} {fault.column}: {fault.message}" for fault in outcome.faults[:3])


def two_roles_make() -> None:
    """Make a teacher a guardian too, once."""
    teacher, child = person(TEACHER_AND_PARENT), person(WARD)
    if not Guardianship.objects.filter(guardian=teacher, student=child).exists():
        Guardianship.objects.create(guardian=teacher, student=child, relation=Guardianship.Relation.OTHER)


def father() -> User:
    """The father of the student."""
    link = Guardianship.objects.current().select_related("guardian").get(student__code=STUDENT, relation="father")
    found: User = link.guardian
    return found


def sign_ins_make() -> list[SignIn]:
    """Give one person per role the known password, once: a password changed since then stays."""
    people = [(role, person(code)) for role, code in ROLES] + [("Phụ huynh (bố)", father())]
    for _, user in people:
        if not user.has_usable_password() or user.must_change_password:
            user.set_password(PASSWORD)
            user.must_change_password = False
            user.initial_password_until = None
            user.save()
    return [SignIn(role, user.code, PASSWORD, user.full_name) for role, user in people]
