"""What jumps at a cut-off: estimates, their bandwidths, and whether students could choose their side."""
