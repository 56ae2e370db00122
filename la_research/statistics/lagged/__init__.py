"""Which of two series comes first: the random intercept cross-lagged panel model, with waves missing."""
