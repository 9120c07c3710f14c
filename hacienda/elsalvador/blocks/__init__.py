"""The blocks that documents share: parties, lines, totals, payments, references, and the checks of their fields."""
