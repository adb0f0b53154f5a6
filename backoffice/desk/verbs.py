"""What happened between us and Oceafin, in the words of whoever reads the timeline of a record."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "submission.enqueued": _("In line for Oceafin"),
    "submission.accepted": _("Oceafin accepted it"),
    "submission.refused": _("Oceafin refused it"),
    "submission.unconfirmed": _("It left, and no readable answer came"),
    "submission.looked": _("Looked at Oceafin whether it took effect"),
    "submission.held": _("Held: a person decides"),
    "submission.released": _("Released by a person"),
    "submission.queued_again": _("In line for Oceafin again"),
    "submission.hurried": _("Brought forward by a person"),
    "submission.withdrawn": _("Taken out of the line: it never left"),
    "event.applied": _("Oceafin's event was applied"),
    "event.ignored": _("Oceafin's event changed nothing"),
    "event.parked": _("Oceafin's event waits for its record"),
    "event.died": _("Oceafin's event could not be read"),
    "event.asked_again": _("Oceafin's event is tried again"),
    "sending.paused": _("Sending to Oceafin was paused"),
    "sending.resumed": _("Sending to Oceafin goes on"),
}
