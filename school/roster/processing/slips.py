"""One-time passwords and the sheets of slips that carry them to a class."""

import base64
import json
import secrets
from datetime import datetime, timedelta

import typst
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from school.identity.models import User
from school.phones import display_phone
from school.roster import selectors
from school.roster.models import SlipJob
from school.sealing import seal, unseal

# No letter or digit that is read for another on paper (0 o, 1 l i, 5 s, 2 z, u v): 25 signs, eight of them: 37 bits.
ALPHABET = "abcdefghjkmnpqrtwxy346789"
LENGTH = 8
VALID_FOR = timedelta(days=30)
KEPT_FOR = timedelta(hours=1)
_TEMPLATE = """
#set page(paper: "a4", margin: 10mm)
#set text(font: "Libertinus Serif", size: 9.5pt, lang: "vi")
#let data = json(bytes(sys.inputs.data))
#let slip(one) = block(
  width: 100%, height: 45mm, breakable: false, inset: 4mm,
  stroke: (paint: luma(120), thickness: 0.5pt, dash: "dashed"),
)[
  #text(size: 8.5pt, fill: luma(60))[#data.school #h(1fr) #one.group]
  #v(0.2mm)
  #text(size: 12pt, weight: "bold")[#one.name]
  #if one.note != "" [ #linebreak() #text(size: 8.5pt, fill: luma(60))[#one.note] ]
  #v(0.5mm)
  #grid(
    columns: (auto, 1fr), column-gutter: 3mm, row-gutter: 2mm, align: horizon,
    [#data.code_label],
    [
      #text(font: "DejaVu Sans Mono", size: 11pt)[#one.code]
      #if one.phone != "" [ #text(size: 8.5pt)[#data.or_label #one.phone] ]
    ],
    [#data.password_label], text(font: "DejaVu Sans Mono", size: 13pt, weight: "bold")[#one.password],
  )
  #v(1fr)
  #text(size: 8.5pt)[#data.address_label *#data.address*. #data.rule]
]
#grid(columns: (1fr, 1fr), ..data.slips.map(slip))
"""


def password_new() -> str:
    """A random password that is copied from paper without mistakes."""
    return "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))


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
        until = timezone.now() + VALID_FOR
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
        pdf = _sheet(job, slips, until)
        with transaction.atomic():
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
                state=SlipJob.State.READY, sealed=seal(base64.b64encode(pdf).decode()).encode(), beat=timezone.now()
            )


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


def _sheet(job: SlipJob, slips: list[dict[str, str]], until: datetime) -> bytes:
    data = {
        "school": job.school_class.school.name,
        "slips": slips,
        "address": job.sign_in_address,
        "code_label": _("Sign-in code"),
        "or_label": _("or phone"),
        "password_label": _("One-time password"),
        "address_label": _("Sign in at"),
        "rule": _("Choose a password of your own at the first sign-in, before %(day)s.")
        % {"day": date_format(timezone.localtime(until), "SHORT_DATE_FORMAT")},
    }
    written: bytes = typst.compile(
        _TEMPLATE.encode(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    return written


def sheet_open(sealed: bytes) -> bytes:
    """The PDF out of its seal; raises ValueError when it is there no longer or the keys were changed."""
    if not sealed:
        raise ValueError("The sheet has been fetched or is not made yet.")
    return base64.b64decode(unseal(bytes(sealed).decode()))


def sheets_forget() -> int:
    """Drop the sheets that nobody fetched within the hour, and give up jobs whose worker has died; how many."""
    now = timezone.now()
    dropped = SlipJob.objects.filter(state=SlipJob.State.READY, beat__lt=now - KEPT_FOR).update(
        state=SlipJob.State.FETCHED, sealed=b""
    )
    dead = SlipJob.objects.filter(
        state__in=[SlipJob.State.RUNNING, SlipJob.State.QUEUED], created__lt=now - KEPT_FOR
    ).update(state=SlipJob.State.FAILED)
    return dropped + dead
