"""Statistics that know nothing of students: intervals, many tests, association, prediction, trials."""
