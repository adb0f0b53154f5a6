"""Who is looking at a case now."""
