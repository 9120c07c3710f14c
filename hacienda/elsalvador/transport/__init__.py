"""How Hacienda is spoken to: certificate, signature, login, requests and what its answers mean."""
