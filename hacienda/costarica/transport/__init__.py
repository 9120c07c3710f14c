"""Hacienda's services over the network: logging in, sending documents, asking what became of them."""
