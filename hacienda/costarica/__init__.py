"""Costa Rica's electronic documents (comprobantes 4.4): the law as a library behind `hacienda.authority`."""
