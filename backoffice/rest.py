"""What every endpoint of the intake API has in common: problems, limits, pages, and the same request again."""
