"""Stripe's API for a stage: keeps what a product creates, takes test cards, sends signed events.

Everything it does not keep is answered by stripe-mock, which also checks the parameters of what it does keep.
"""
