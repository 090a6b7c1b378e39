"""Split a command line that a sensor gives as one text into arguments.

Knows how Windows programs read theirs. On Linux a sensor has joined argv by blanks, which nothing can
undo: what is split there is good for finding an interpreter's program, and the text itself is kept.
"""

import re

from app.sources._values import arguments

_LONGEST = 32 * 1024
# A run of anything but quotes, blanks and backslashes; backslashes; a quote; blanks.
_PIECE = re.compile(r'[^\s"\\]+|(\\+)("?)|(")|(\s+)')


def linux_arguments(command: str) -> tuple[str, ...]:
    """Return the words of arguments that were joined by blanks."""
    return arguments(command[:_LONGEST].split())


def windows_arguments(command: str) -> tuple[str, ...]:
    """Return the arguments that a program with the usual C runtime would see."""
    command = command[:_LONGEST]
    if '"' not in command:
        return arguments(command.split())
    if command[0] == '"' and (close := command.find('"', 1)) > 0:
        # The program itself is read without any escapes.
        first, rest = command[1:close], command[close + 1 :]
        if '"' not in rest and (not rest or rest[0] in " \t"):
            return arguments([first, *rest.split()])
        return arguments([first, *_quoted(rest)])
    return arguments(_quoted(command))


def _quoted(text: str) -> list[str]:
    """Return words of which some stand in quotes; a backslash counts only before a quote."""
    words: list[str] = []
    word: list[str] = []
    is_open = is_word = False
    for piece in _PIECE.finditer(text):
        backslashes, quote_after, quote, blanks = piece.groups()
        if blanks is not None and not is_open:
            if is_word:
                words.append("".join(word))
                word, is_word = [], False
            continue
        is_word = True
        if backslashes is not None and quote_after:
            word.append("\\" * (len(backslashes) // 2))
            if len(backslashes) % 2:
                word.append('"')
            else:
                is_open = not is_open
        elif quote is not None:
            is_open = not is_open
        else:
            word.append(piece.group())
    if is_word:
        words.append("".join(word))
    return words
