"""Our payments beside what Oceafin has: what is missing, what differs, and the days that a person signs.

Nothing here moves money or a payment. It reads, compares, and keeps what people found out.
"""
