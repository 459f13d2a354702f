"""Text to command: pure functions from what a user typed or said to what the bot understands."""

from service.commands.parsing.amounts import amount_answer
from service.commands.parsing.parser import parse

__all__ = ["amount_answer", "parse"]
