"""How long things take; absolute times are shown, and what is promised is compared and kept."""
