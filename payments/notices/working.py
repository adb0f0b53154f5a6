"""When approvers work: on a holiday nobody waits for mail about work.

Their hours are the sending hours of the base currency, with its holidays (payments.times). Where nobody set any, or it
leaves at any time, they are Monday to Friday from nine to five. In the business time zone.
"""

from datetime import date, datetime, timedelta

from django.conf import settings

from backoffice.opening_hours import OpeningHours, office_week
from payments.times.services import newest

# A message waits for the working hours only if so much time is left when they begin.
LEAST_LEFT = timedelta(hours=4)


def hours() -> OpeningHours:
    version = newest(settings.BASE_CURRENCY)
    return (version.opening if version else None) or OpeningHours(office_week())


def is_working_day(day: date, hours: OpeningHours) -> bool:
    return hours.open_on(day, settings.BUSINESS_TIME_ZONE) is not None


def goes_at(now: datetime, until: datetime, hours: OpeningHours) -> datetime:
    """When a message goes that is due now and worth nothing after `until`: in working hours, or else now."""
    following = hours.next_open(now, settings.BUSINESS_TIME_ZONE)
    if following is None or following[0] + LEAST_LEFT > until:
        return now
    return max(now, following[0])
