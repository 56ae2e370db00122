"""Two reports from one set of findings: what a committee asks, and what students ask."""
