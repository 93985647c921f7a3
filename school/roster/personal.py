"""The lists' rows are about work: who sent or made something."""

from school.personal import excuse

_WORK = "Says who did a piece of office work; the trail tells it to the person."
excuse("roster.ColumnLayout", "by", reason=_WORK)
excuse("roster.RosterImport", "by", reason=_WORK)
excuse("roster.SlipJob", "by", reason=_WORK)
excuse("roster.OneRosterSet", "by", reason=_WORK)
