"""The evidence pack: one ZIP that tells a case to somebody who was not there, and can be checked without us."""
