"""The public contract: what each route takes and answers, apart from the table schemas.

Times are integer microseconds since the epoch, UTC. Money is a decimal string with at least two
decimals. Prices and indicator values are floats. What is missing is null.
"""
