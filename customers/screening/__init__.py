"""Screening: who was compared with lists of sanctions and of politically exposed persons, and what was found.

The comparing is done elsewhere. What comes here, from the partner's system or by hand, is kept as a Screening
with its Hits; every hit is decided by a person with a reason.
"""
