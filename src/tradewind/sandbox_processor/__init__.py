"""A card processor to build and test against: a party of its own, reached only over HTTP.

It stands where Stripe or Adyen would. It imports nothing else of tradewind and shares no table, no
process and no key with it, so that nothing about paying works merely because it is near.
"""
