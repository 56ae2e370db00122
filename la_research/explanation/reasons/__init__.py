"""Why the score of a student is high, told only where it holds."""
