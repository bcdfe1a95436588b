"""Who we are: colleagues, units, competences, sign-in and roles."""
