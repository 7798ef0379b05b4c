"""Subscriptions and payments: what Stripe says, decided into changes; receipts; the door to Stripe."""
