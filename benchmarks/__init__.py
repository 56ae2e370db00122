"""How long things take; absolute times are shown, and one promise is kept: a warm study under 10 seconds."""
