"""What Hacienda's refusals mean, and where in the caller's own body they point."""
