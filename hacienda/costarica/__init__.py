"""Costa Rica's electronic documents (comprobantes electrónicos v4.4): the law as a library, behind a port."""
