"""Costa Rica's Hacienda: its login, its reception, its rules, written apart from the client's."""
