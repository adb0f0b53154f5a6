"""The risk of a case: a versioned matrix gives a level with its reasons, only a lead overrides; and who of the case
has to be screened."""
