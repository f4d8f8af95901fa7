"""Credentials that are more than a header: a module per scheme (SigV4, TC3, JWT, ..), pure, with `now` as an argument.

Bearer keys and key headers need none: a dialect puts them into `Outbound.secrets`. What is made here goes there too.
"""
