"""What proves who issued a document, and that Hacienda answered it: XAdES signatures, seals and signing files."""
