"""What an account says of the person: the fields that are corrected by hand and chosen between when accounts are merged."""

FACTS = (
    "full_name",
    "birth_date",
    "gender",
    "phone",
    "email",
    "ministry_code",
    "citizen_id",
    "ethnicity",
    "address",
)
