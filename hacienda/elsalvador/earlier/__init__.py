"""The schemas before Normativa 2.0 (v1.x), for accounts that Hacienda has not moved yet.

A document is composed as version 2.0 has it and turned at the end: `conversion` applies the table of `differences`,
`limits` refuses beforehand what the earlier schema has no place for. The same table read backwards turns a document
of v1.x into today's names (`conversion.as_newest`). Once Hacienda takes version 2.0 alone, this package goes, and
with it the few lines that call it.

Sources: the schemas of both generations, and DTEs of 2022 to 2026 as they were stamped.
"""
