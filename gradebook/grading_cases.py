"""Answers of the golden cases: a case's kind and input in, the values the project computes out.

The thin adapter between the JSON of the cases (decimals are strings) and the regulations; it decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from gradebook.regulations import marks, tt08, tt22, tt27, tt58
from school import phones, text
from school.citizen import citizen_id_check
from school.sms import sms_parts, sms_plain

type Values = dict[str, Any]
NOT_ASSESSED = "NOT_ASSESSED"


def _tenths(value: object) -> int | None:
    return None if value in (None, "", NOT_ASSESSED) else marks.to_tenths(str(value))


def _scored(values: Mapping[str, object] | None) -> dict[str, int]:
    # Subjects an individual plan leaves out are NOT_ASSESSED and excluded from every count.
    read = {code: _tenths(value) for code, value in (values or {}).items()}
    return {code: mark for code, mark in read.items() if mark is not None}


def _comments(values: Mapping[str, Any] | None) -> dict[str, str]:
    return {code: value for code, value in (values or {}).items() if value not in (None, NOT_ASSESSED)}


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _mark_input(given: Values) -> Values:
    read = marks.mark_read(given["raw"])
    return {"valid": read.valid, "value": marks.text_of(read.tenths)}


def _subject_term(given: Values) -> Values:
    term = tt22.subject_term(
        [_tenths(mark) for mark in given["tx"]],
        _tenths(given.get("gk")),
        _tenths(given.get("ck")),
        periods=given.get("periods"),
        window=given.get("window", "closed"),
    )
    status = "COMPLETE" if term.complete else "INCOMPLETE"
    return {"avg": marks.text_of(term.average), "status": status, "missing": term.missing}


def _subject_year(given: Values) -> Values:
    return {"avg": marks.text_of(tt22.subject_year(_tenths(given["hk1"]), _tenths(given["hk2"])))}


def _comment_term(given: Values) -> Values:
    result = tt22.comment_term(given["tx"], given.get("gk"), given.get("ck"), window=given.get("window", "closed"))
    return {"result": result, "status": "INCOMPLETE" if result is None else "COMPLETE"}


def _absences(given: Values) -> Values:
    absences = [(one["date"], bool(one["excused"])) for one in given["absences"]]
    counted, excused, unexcused = tt22.absence_days(absences)
    if len(set(absences)) != counted:
        # A date excused for one session only: the rule counts the date once and does not say as which of the two.
        return {"counted": counted}
    return {"counted": counted, "excused": excused, "unexcused": unexcused}


def _study(given: Values) -> Values:
    study = tt22.study_result(_scored(given["scored"]), _comments(given.get("comment")))
    return {"result": study.result, "base": study.base, "adjusted": study.adjusted, "culprit": study.culprit}


def _summer(given: Values | None) -> tt22.Summer | None:
    if given is None:
        return None
    taken = given.get("resits") or {}
    scored = {code: value for code, value in taken.items() if value not in ("D", "CD")}
    return tt22.Summer(
        given.get("conduct"), _scored(scored), {code: value for code, value in taken.items() if value in ("D", "CD")}
    )


def _promotion(given: Values) -> Values:
    decided = tt22.promotion(
        grade=given["grade"],
        conduct=given["conduct_year"],
        scored=_scored(given["scored"]),
        comment=_comments(given.get("comment")),
        absences=given["absences"],
        summer=_summer(given.get("summer")),
    )
    return {
        "decision": decided.decision,
        "resit_subjects": list(decided.resit_subjects),
        "study_year": decided.study_year,
        "study_final": decided.study_final,
        "conduct_final": decided.conduct_final,
    }


def _student_year(given: Values) -> Values:
    subjects: dict[str, dict[str, str | None]] = {}
    scored: dict[str, dict[str, int]] = {"hk1": {}, "hk2": {}, "cn": {}}
    comment: dict[str, dict[str, str]] = {"hk1": {}, "hk2": {}, "cn": {}}
    for subject in given["subjects"]:
        code, row = subject["code"], subjects.setdefault(subject["code"], {})
        if subject["mode"] == "comment":
            results = {term: _comment_term(subject[term])["result"] for term in ("hk1", "hk2")}
            results["cn"] = tt22.comment_year(results["hk1"], results["hk2"])
            row.update(results)
            for term, result in results.items():
                comment[term] |= {code: result} if result is not None else {}
            continue
        averages: dict[str, int | None] = {
            term: _tenths(_subject_term({**subject[term], "periods": subject.get("periods")})["avg"])
            for term in ("hk1", "hk2")
        }
        averages["cn"] = tt22.subject_year(averages["hk1"], averages["hk2"])
        row.update({term: marks.text_of(mark) for term, mark in averages.items()})
        for term, mark in averages.items():
            scored[term] |= {code: mark} if mark is not None else {}
    study = {term: tt22.study_result(scored[term], comment[term]).result for term in ("hk1", "hk2", "cn")}
    conduct = tt22.conduct_year(given["conduct"]["hk1"], given["conduct"]["hk2"])
    decision = None
    if conduct is not None:
        decision = tt22.promotion(
            grade=given["grade"],
            conduct=conduct,
            scored=scored["cn"],
            comment=comment["cn"],
            absences=given["absences"],
            summer=_summer(given.get("summer")),
        ).decision
    return {
        "subjects": subjects,
        "study": study,
        "conduct_year": conduct,
        "title": tt22.title(conduct, study["cn"], scored["cn"]),
        "decision": decision,
    }


def _tt58_term_old(given: Values) -> Values:
    tx, dk = ([_tenths(mark) for mark in given[kind]] for kind in ("tx", "dk"))
    return {"avg": marks.text_of(tt58.subject_term_old(tx, dk, _tenths(given["hk"])))}


def _tt58_exempt(given: Values) -> Values:
    hk1, hk2, exempt = given.get("hk1"), given.get("hk2"), given.get("exempt", "none")
    both: str | None
    if {hk1, hk2} & {"D", "CD"}:
        both = tt22.comment_year(hk1, hk2)
    else:
        both = marks.text_of(tt22.subject_year(_tenths(hk1), _tenths(hk2)))
        hk1, hk2 = marks.text_of(_tenths(hk1)), marks.text_of(_tenths(hk2))
    result, counted = tt58.exempt_year(hk1, hk2, exempt, both)
    return {"result": result, "counted": counted}


def _tt58_rank(given: Values) -> Values:
    ranked = tt58.rank(
        _scored(given["scored"]),
        _comments(given.get("comment")),
        with_26=given.get("scheme", "58+26") == "58+26",
        chuyen=given.get("chuyen"),
    )
    return {
        "result": ranked.result,
        "avg": marks.text_of(ranked.mean),
        "base": ranked.base,
        "adjusted": ranked.result != ranked.base,
    }


def _tt58_outcome(given: Values) -> Values:
    decision, title = tt58.outcome(given["hoc_luc"], given["hanh_kiem"], given["absences"])
    return {"decision": decision, "title": title}


def _tt27_mark(given: Values) -> Values:
    read = marks.whole_mark_read(given["raw"])
    return {"valid": read.valid, "value": None if read.tenths is None else read.tenths // 10}


def _tt27_year(given: Values) -> Values:
    year = tt27.year(
        given["grade"], given["levels"], given["qualities"], given["competencies"], given.get("tests") or {}
    )
    status = "INCOMPLETE" if year.result is None else "COMPLETE"
    return {"result": year.result, "completed": year.completed, "status": status}


def _passed(value: object) -> bool | None:
    """A supplementary result or a principal's word as the cases may write it: a boolean or a code."""
    if value is None or isinstance(value, bool):
        return value
    return str(value) in (*tt27.COMPLETED, "T", "H", "D", "DAT", "LEN_LOP", "HOAN_THANH_CAP")


def _tt27_promotion(given: Values) -> Values:
    decision = tt27.promotion(
        given["grade"],
        given["result"],
        supplementary=_passed(given.get("supplementary")),
        principal=_passed(given.get("principal")),
    )
    return {"decision": decision}


def _tt08_course(given: Values) -> Values:
    parts = [(Decimal(str(part["weight"])), Decimal(str(part["score"]))) for part in given["components"]]
    try:
        done = tt08.course(parts, pass_only=bool(given.get("pass_only")))
    except tt08.WeightError:
        return {"error": "WEIGHTS_NOT_1"}
    return {
        "score10": marks.text_of(done.score),
        "letter": done.letter,
        "point4": None if done.points is None else str(done.points),
        "passed": done.passed,
    }


def _attempts(rows: list[Values]) -> list[tt08.Attempt]:
    return [
        tt08.Attempt(str(row.get("code", place)), row["letter"], row["credits"], bool(row.get("pass_only")))
        for place, row in enumerate(rows)
    ]


def _average(average: tt08.Average) -> Values:
    return {
        "gpa": None if average.gpa is None else str(average.gpa),
        "credits_passed": average.credits_passed,
        "credits_counted": average.credits_counted,
    }


def _tt08_warning(given: Values) -> Values:
    reasons = tt08.warning(
        registered=given["registered"],
        failed=given["failed"],
        debt=given["debt"],
        first_term=given["first_term"],
        term_gpa=_decimal(given["term_gpa"]),
        cumulative_gpa=_decimal(given["cum_gpa"]),
        year_level=given["year_level"],
    )
    return {"warned": bool(reasons), "reasons": list(reasons)}


def _tt08_graduation(given: Values) -> Values:
    eligible, grade = tt08.graduation(
        cumulative_gpa=Decimal(str(given["cum_gpa"])),
        retaken=given["retaken"],
        programme=given["programme"],
        disciplined=bool(given["disciplined"]),
    )
    return {"eligible": eligible, "class": grade}


def _sms(given: Values) -> Values:
    counted = sms_parts(given["text"])
    return {"encoding": counted.encoding, "parts": counted.parts, "units": counted.units}


def _phone(given: Values) -> Values:
    read = phones.parse_phone(given["raw"])
    return {"valid": True, "e164": read.e164, "type": read.type} if read.valid else {"valid": False, "e164": None}


def _citizen(given: Values) -> Values:
    born = date.fromisoformat(given["dob"]) if given.get("dob") else None
    check = citizen_id_check(str(given["id"]), born=born, gender=given.get("sex") or "")
    return {"valid": check.valid, "consistent": check.consistent}


ANSWERS: dict[str, Callable[[Values], Values]] = {
    "tt22_tx_count": lambda given: {"count": tt22.tx_count(given["periods"])},
    "mark_input": _mark_input,
    "tt22_subject_term": _subject_term,
    "tt22_subject_year": _subject_year,
    "tt22_comment_term": _comment_term,
    "tt22_comment_year": lambda given: {"result": tt22.comment_year(given["hk1"], given["hk2"])},
    "tt22_conduct_year": lambda given: {"result": tt22.conduct_year(given["hk1"], given["hk2"])},
    "tt22_absence_sessions": _absences,
    "tt22_study_result": _study,
    "tt22_title": lambda given: {
        "title": tt22.title(given["conduct_year"], given["study_year"], _scored(given["scored"]))
    },
    "tt22_promotion": _promotion,
    "tt22_student_year": _student_year,
    "tt58_subject_term_old": _tt58_term_old,
    "tt58_mean": lambda given: {"avg": marks.text_of(tt58.mean(_scored(given["scored"])))},
    "tt58_comment_term": lambda given: {"result": tt58.comment_term(given["tests"], given["final"])},
    "tt58_exempt_year": _tt58_exempt,
    "tt58_rank": _tt58_rank,
    "tt58_outcome": _tt58_outcome,
    "tt27_tests": lambda given: {"test": tt27.has_test(given["grade"], given["subject"], given["moment"])},
    "tt27_mark": _tt27_mark,
    "tt27_year": _tt27_year,
    "tt27_award": lambda given: {
        "title": tt27.award(
            given["result"],
            outstanding_subject=given["outstanding_subject"],
            marked_progress=given["marked_progress"],
            class_endorsed=given["class_endorsed"],
        )
    },
    "tt27_promotion": _tt27_promotion,
    "tt08_course": _tt08_course,
    "tt08_gpa": lambda given: _average(tt08.average(_attempts(given["courses"]))),
    "tt08_cumulative": lambda given: _average(
        tt08.cumulative(_attempts(given["attempts"]), improve=given.get("improve", "best"))
    ),
    "tt08_class": lambda given: {"class": tt08.class_of(Decimal(str(given["gpa"])))},
    "tt08_warning": _tt08_warning,
    "tt08_year_level": lambda given: {"year_level": tt08.year_level(given["credits"], given["M"])},
    "tt08_graduation": _tt08_graduation,
    "sms_parts": _sms,
    "vi_ascii": lambda given: {"text": sms_plain(given["text"])},
    "vi_match": lambda given: {"match": text.matches(given["query"], given["text"])},
    "name_sort": lambda given: {"names": sorted(given["names"], key=text.vi_sort_key)},
    "phone": _phone,
    "citizen_id": _citizen,
}


def answer(case: Mapping[str, Any]) -> Values:
    """The line for one case: its id with ``actual``, or with ``unsupported`` for a kind nobody knows."""
    compute = ANSWERS.get(case["kind"])
    if compute is None:
        return {"id": case["id"], "unsupported": True}
    return {"id": case["id"], "actual": compute(dict(case["input"]))}
