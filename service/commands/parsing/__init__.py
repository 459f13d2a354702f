"""Text to command: pure functions from what a user typed or said to what the bot understands."""

from service.commands.parsing.amounts import amount_answer
from service.commands.parsing.parser import parse
from service.commands.parsing.remembering import Remembering

__all__ = ["Remembering", "amount_answer", "parse"]
