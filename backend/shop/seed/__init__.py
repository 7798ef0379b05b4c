"""Test data: layers of files, turned into rows (pure), written once, and Stripe's prices beside them."""
