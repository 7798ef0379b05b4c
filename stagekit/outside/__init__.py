"""Outside services, as a stage uses them: whether they are there, test accounts, and set up for its addresses."""
