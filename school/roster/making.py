"""The slow and the regular work of the lists: making sheets of slips, forgetting what was kept for an answer."""

import base64
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from school.families.services import codes_make
from school.identity.models import User
from school.phones import display_phone
from school.roster import selectors
from school.roster.models import RosterImport, SlipJob
from school.roster.processing.slips import password_new, sheet_pdf
from school.sealing import seal, unseal

# How long a one-time password works, how long a sheet waits to be fetched, and a sent list for its answer.
PASSWORD_VALID_FOR = timedelta(days=30)
SHEET_KEPT_FOR = timedelta(hours=1)
IMPORT_KEPT_FOR = timedelta(days=1)


def slips_make(job_id: int) -> bool:
    """Give everybody of the job's class who has never signed in a new password, and keep the sheet sealed.

    Whoever claims the job makes it; a second call does nothing. The passwords are only in memory until all are hashed;
    then passwords and sheet are written at once, so that a sheet never lists what does not work.
    """
    claimed = SlipJob.objects.filter(pk=job_id, state=SlipJob.State.QUEUED).update(
        state=SlipJob.State.RUNNING, beat=timezone.now()
    )
    if not claimed:
        return False
    job = SlipJob.objects.select_related("school_class__school").get(pk=job_id)
    try:
        _make(job)
    except Exception:
        SlipJob.objects.filter(pk=job_id).update(state=SlipJob.State.FAILED)
        raise
    return True


def _make(job: SlipJob) -> None:
    with override("vi"):
        people = _people(job)
        SlipJob.objects.filter(pk=job.pk).update(total=len(people), done=0)
        until = timezone.now() + PASSWORD_VALID_FOR
        slips: list[dict[str, str]] = []
        for done, (user, group, note) in enumerate(people, start=1):
            password = password_new()
            user.password = make_password(password)
            user.must_change_password, user.initial_password_until = True, until
            slips.append(
                {
                    "name": user.full_name,
                    "group": group,
                    "note": note,
                    "code": user.code,
                    "phone": display_phone(user.phone) if note else "",
                    "password": password,
                }
            )
            SlipJob.objects.filter(pk=job.pk).update(done=done, beat=timezone.now())
        with transaction.atomic():
            slips += _code_slips(job) if job.parent_codes else []
            pdf = sheet_pdf(school=job.school_class.school.name, address=job.sign_in_address, slips=slips, until=until)
            # Who signed in meanwhile keeps the password they know.
            fresh = set(
                selectors.never_signed_in(User.objects.filter(pk__in=[u.pk for u, *_rest in people])).values_list(
                    "pk", flat=True
                )
            )
            User.objects.bulk_update(
                [user for user, *_rest in people if user.pk in fresh],
                ["password", "must_change_password", "initial_password_until"],
                batch_size=100,
            )
            SlipJob.objects.filter(pk=job.pk).update(
                total=len(slips),
                done=len(slips),
                state=SlipJob.State.READY,
                sealed=seal(base64.b64encode(pdf).decode()).encode(),
                beat=timezone.now(),
            )


def _code_slips(job: SlipJob) -> list[dict[str, str]]:
    """A slip for the parents of every pupil of the class: the code with which a parent asks to be linked to the child."""
    pupils = list(selectors.students_of([job.school_class]))
    codes = codes_make(students=pupils, by=job.by)
    address = f"{job.sign_in_address.partition('/')[0]}{reverse('families:join')}"
    group = _("Class %(name)s") % {"name": job.school_class.name}
    return [
        {
            "name": _("Parents of %(name)s") % {"name": one.full_name},
            "group": group,
            "note": "",
            "code": "",
            "phone": "",
            "password": "",
            "parent_code": codes[one.pk],
            "address": address,
        }
        for one in pupils
    ]


def _people(job: SlipJob) -> list[tuple[User, str, str]]:
    """Whom the sheet is for: (person, class, for whose parent), pupils first."""
    pupils = selectors.students_of([job.school_class])
    group = _("Class %(name)s") % {"name": job.school_class.name}
    found = [(user, group, "") for user in selectors.never_signed_in(pupils)]
    if job.parents:
        children: dict[int, list[str]] = {}
        parents: dict[int, User] = {}
        for pupil in selectors.with_parents(pupils):
            for one in pupil.parents:  # type: ignore[attr-defined]
                if one.guardian.last_login is None and one.guardian.is_active:
                    parents[one.guardian_id] = one.guardian
                    children.setdefault(one.guardian_id, []).append(pupil.full_name)
        found += [
            (user, group, _("Parent of %(names)s") % {"names": ", ".join(children[key])})
            for key, user in parents.items()
        ]
    return found


def sheet_open(sealed: bytes | memoryview) -> bytes:
    """The PDF out of its seal; raises ValueError when it is there no longer or the keys were changed."""
    if not sealed:
        raise ValueError("The sheet has been fetched or is not made yet.")
    return base64.b64decode(unseal(bytes(sealed).decode()))


def sheets_forget() -> int:
    """Drop the sheets that nobody fetched within the hour, and give up jobs whose worker has died; how many."""
    now = timezone.now()
    dropped = SlipJob.objects.filter(state=SlipJob.State.READY, beat__lt=now - SHEET_KEPT_FOR).update(
        state=SlipJob.State.FETCHED, sealed=b""
    )
    dead = SlipJob.objects.filter(
        state__in=[SlipJob.State.RUNNING, SlipJob.State.QUEUED], created__lt=now - SHEET_KEPT_FOR
    ).update(state=SlipJob.State.FAILED)
    return dropped + dead


def imports_expire() -> int:
    """Forget the files that nobody answered within a day; how many."""
    waiting = (RosterImport.State.PREVIEW, RosterImport.State.MAPPING)
    late = RosterImport.objects.filter(state__in=waiting, created__lt=timezone.now() - IMPORT_KEPT_FOR)
    return late.update(state=RosterImport.State.EXPIRED, content=b"", faults=[], warnings=[])
