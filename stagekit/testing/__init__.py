"""What tests of a product use: the pytest plugin's fixtures and the values behind them."""

from stagekit.testing.mailbox import Mailbox, Message
from stagekit.testing.sign_in import SignIn, Token
from stagekit.testing.stage import Stage

__all__ = ["Mailbox", "Message", "SignIn", "Stage", "Token"]
