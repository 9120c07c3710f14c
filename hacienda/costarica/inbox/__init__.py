"""Documents received, and the receptor's messages about them (annex v4.4, MensajeReceptor; R is decree 44739-H)."""
