"""HTTP providers: one module per provider; router, cache, budget and breaker beside them."""
