"""Demo data: invented people and companies who go through the services like everybody else.

Nothing here writes a row of its own. Each record is brought on by the verb that a person, a program or a job would
use, letters travel through the outbox to the stand-in Oceafin, and its answers come back: so the books agree.
"""

# What the command says, and `make run` waits for.
FIRST_PART = "The first pages are filled."
ALL_HERE = "The demo is here already."
