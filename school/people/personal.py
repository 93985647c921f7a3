"""The directory's own rows are about work; the trail tells the person what was done."""

from school.personal import excuse

excuse("people.Merge", "kept", "closed", "by", reason="Two accounts became one; the trail of both tells it.")
excuse("people.BulkAction", "by", reason="Says who prepared an action on several people.")
