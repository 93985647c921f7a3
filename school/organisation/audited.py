"""Who belongs where decides every right, so each of these rows is watched."""

from school.audit.watching import watch

watch("organisation.Enrolment", subject="student_id", school="school_id")
watch("organisation.TeachingAssignment", subject="teacher_id", school="school_id")
watch("organisation.HomeroomAssignment", subject="teacher_id", school="school_id")
watch(
    "organisation.Guardianship",
    subject="student_id",
    school="(SELECT school_id FROM organisation_enrolment WHERE student_id = {student_id} ORDER BY starts DESC, id LIMIT 1)",
)
watch(
    "organisation.Membership",
    subject="user_id",
    school="(SELECT id FROM organisation_school WHERE node_id = {node_id})",
)
watch("organisation.School", school="id", leave_out=("search_text",))
