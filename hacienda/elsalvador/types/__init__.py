"""The types of document, one module a family: each composes a document of El Salvador from a draft."""
