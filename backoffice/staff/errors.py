"""What a service says when it will not do something: a sentence for the person who asked."""


class Refusal(Exception):
    """Base of every anticipated no. `str()` is a full sentence with what to do; nothing was changed."""


class NotAllowed(Refusal):
    """The person lacks a right that the act needs."""


class ReasonNeeded(Refusal):
    """The act needs words that another person understands later."""
