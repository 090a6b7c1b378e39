"""Split a command line that a sensor gives as one text into arguments.

Knows how Windows programs read theirs. On Linux a sensor has joined argv by blanks, which nothing can
undo unless it put quotes around some: what is split there is good for finding an interpreter's program, and
the text itself is kept.
"""

import re

from app.sources._texts import arguments

_LONGEST = 32 * 1024
# A run of anything but quotes, blanks and backslashes; backslashes; a quote; blanks.
_PIECE = re.compile(r'[^\s"\\]+|(\\+)("?)|(")|(\s+)')


def arguments_in(command: str | None, binary: str | None) -> tuple[str, ...]:
    """Return the arguments in a command line of the system that the binary's path is of; none where there is none."""
    if not command:
        return ()
    return windows_arguments(command) if binary and "\\" in binary else linux_arguments(command)


def linux_arguments(command: str) -> tuple[str, ...]:
    """Return the words of arguments that were joined by blanks."""
    return arguments(command[:_LONGEST].split())


def quoted_arguments(text: str) -> list[str]:
    """Return arguments that were joined by blanks, where those with a blank in them stand in quotes (Tetragon).

    Quotes inside are not escaped, and a cut text may lack the last one: a quote opens an argument only
    at its beginning, and closes it only where a blank or the end follows.
    """
    if '"' not in text:
        return [word for word in text.split(" ") if word]
    words: list[str] = []
    place, end = 0, len(text)
    while place < end:
        if text[place] == " ":
            place += 1
            continue
        if text[place] == '"':
            close = text.find('" ', place + 1)
            if close < 0:
                close = end - 1 if text[-1] == '"' and end - 1 > place else end
            words.append(text[place + 1 : close])
            place = close + 1
            continue
        blank = text.find(" ", place)
        stop = end if blank < 0 else blank
        words.append(text[place:stop])
        place = stop
    return words


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
        return arguments([first, *_words_of(rest)])
    return arguments(_words_of(command))


def _words_of(text: str) -> list[str]:
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
