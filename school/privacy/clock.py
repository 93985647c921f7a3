"""Days that count for the answer to a request (Decree 356/2025: received within two working days)."""

import datetime

ACKNOWLEDGE_WORKING_DAYS = 2
# Public holidays on fixed days (Labour Code, Article 112); Tết and the Hùng Kings' day move with the moon and only give more time.
HOLIDAYS = {(1, 1), (4, 30), (5, 1), (9, 1), (9, 2)}


def is_working(day: datetime.date) -> bool:
    """Whether offices work: not on Saturdays, Sundays and fixed public holidays."""
    return day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS


def working_days_after(day: datetime.date, count: int) -> datetime.date:
    """The day ``count`` working days after ``day``; the day itself does not count."""
    while count:
        day += datetime.timedelta(days=1)
        count -= is_working(day)
    return day
