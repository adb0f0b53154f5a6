"""How soon a case is to be reviewed: hours by kind and risk, counted in the hours in which somebody works."""
