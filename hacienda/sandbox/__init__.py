"""A stand-in of the tax authority, as a process of its own over real HTTP.

It shares no code with the clients that talk to it: schema, arithmetic, terms and working days are written
here a second time from the reference, so that a mistake in one of the two is found by the other.
"""
