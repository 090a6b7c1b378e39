"""What an interpreter runs: the main program in the command line of Java, Python, a shell and others.

Pure; knows command lines and nothing of paths, hosts or events. `app/identity.py` makes a name of what
is found here. Options are read the way each interpreter reads them, because `python -W x.py y.py` runs
y.py and `bash -o pipefail x.sh` runs x.sh; code given on the command line itself is no program.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["executable", "script", "jar", "main_class", "module"]
Family = Literal["shell", "python", "ruby", "perl", "php", "node", "java"]


@dataclass(frozen=True, slots=True)
class Program:
    """The main program of an interpreter: a file as given, or the name of a module or class."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class _Grammar:
    """How an interpreter reads its options: letters may be written together, words start with `--`."""

    inline: str = ""
    """Letters after which code follows, or that read it from the input: no program."""
    module: str = ""
    """Letters that are followed by a module's name."""
    file: str = ""
    """Letters that are followed by the script."""
    valued: str = ""
    """Letters whose value is the rest of the word, or the next word."""
    attached: str = ""
    """Letters whose value can only be the rest of the word."""
    next_word: str = ""
    """Letters whose value is always a word of its own (`-euo pipefail`)."""
    inline_words: frozenset[str] = frozenset()
    file_words: frozenset[str] = frozenset()
    valued_words: frozenset[str] = frozenset()
    signs: str = "-"
    dash_ends_options: bool = False


_GRAMMARS: dict[Family, _Grammar] = {
    "shell": _Grammar(
        inline="cs",
        next_word="oO",
        valued_words=frozenset(("--rcfile", "--init-file", "--init-command", "--features", "--debug-output")),
        inline_words=frozenset(("--command",)),
        signs="-+",
        dash_ends_options=True,
    ),
    "python": _Grammar(
        inline="c", module="m", valued="WX", valued_words=frozenset(("--check-hash-based-pycs",))
    ),
    "ruby": _Grammar(
        inline="e",
        valued="rIEC",
        attached="KWxTFi0",
        valued_words=frozenset(
            ("--encoding", "--external-encoding", "--internal-encoding", "--enable", "--disable")
        ),
    ),
    "perl": _Grammar(inline="eE", valued="I", attached="MmCDFixVdtT"),
    "php": _Grammar(
        inline="rRBE",
        file="fF",
        valued="cdzSt",
        inline_words=frozenset(("--run", "--process-code", "--process-begin", "--process-end")),
        file_words=frozenset(("--file", "--process-file")),
        valued_words=frozenset(("--php-ini", "--define", "--zend-extension", "--server", "--docroot")),
    ),
    "node": _Grammar(
        inline="ep",
        valued="rC",
        inline_words=frozenset(("--eval", "--print")),
        valued_words=frozenset(
            (
                "--require", "--import", "--loader", "--experimental-loader", "--conditions", "--title",
                "--input-type", "--env-file", "--diagnostic-dir", "--icu-data-dir", "--redirect-warnings",
                "--openssl-config", "--test-name-pattern", "--test-reporter", "--watch-path",
            )
        ),
    ),
}  # fmt: skip

_JAVA_VALUED = frozenset(
    (
        "-cp", "-classpath", "--class-path", "-p", "--module-path", "--upgrade-module-path", "--add-modules",
        "--limit-modules", "--add-reads", "--add-exports", "--add-opens", "--patch-module", "--source",
        "--enable-native-access", "--illegal-native-access", "-d", "--describe-module",
    )
)  # fmt: skip

_FAMILY = re.compile(
    r"(?P<shell>(?:ba|da|z|k|mk|pdk|a|tc|c|fi|rba)?sh)"
    r"|(?P<python>(?:platform-)?python[\d.]*(?:-dbg|[dmut]{1,2})?|pypy[\d.]*)"
    r"|(?P<ruby>j?ruby[\d.]*)|(?P<perl>perl[\d.]*)|(?P<php>php(?:-?[\d.]+)?(?:-?cgi|-?cli)?[\d.]*)"
    r"|(?P<node>node(?:js)?[\d.]*)|(?P<java>javaw?)"
)


def family_of(file_name: str) -> Family | None:
    """Return which interpreter a file of this name is, whatever its version; None when it is none."""
    found = _FAMILY.fullmatch(file_name)
    return found.lastgroup if found else None  # type: ignore[return-value]


def program_of(family: Family, args: Sequence[str]) -> Program | None:
    """Return the main program that `args` (the interpreter itself first) name; None when they name none."""
    return _java(args) if family == "java" else _by_grammar(_GRAMMARS[family], args)


def _by_grammar(grammar: _Grammar, args: Sequence[str]) -> Program | None:
    words = iter(args[1:])
    for word in words:
        if word == "--" or (word == "-" and grammar.dash_ends_options):
            return _script(next(words, None))
        if word[:1] not in grammar.signs or not word:
            return _script(word)
        if word == "-":
            return None
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            if name in grammar.inline_words:
                return None
            if name in grammar.file_words:
                return _script(value or next(words, None))
            if name in grammar.valued_words and not equals:
                next(words, None)
            continue
        for place, letter in enumerate(word[1:], 2):
            rest = word[place:]
            if letter in grammar.inline:
                return None
            if letter in grammar.module:
                name = rest or next(words, "")
                return Program("module", name) if name else None
            if letter in grammar.file:
                return _script(rest or next(words, None))
            if letter in grammar.next_word:
                next(words, None)
            elif letter in grammar.valued:
                if not rest:
                    next(words, None)
                break
            elif letter in grammar.attached:
                break
    return None


def _script(name: str | None) -> Program | None:
    return Program("script", name) if name and name != "-" else None


def _java(args: Sequence[str]) -> Program | None:
    words = iter(args[1:])
    in_jar = False
    for word in words:
        if word == "-jar":
            in_jar = True
        elif word in ("-m", "--module"):
            name = next(words, "")
            return Program("module", name) if name else None
        elif word.startswith("--module="):
            return Program("module", word[9:]) if word[9:] else None
        elif word in _JAVA_VALUED:
            next(words, None)
        elif word[:1] in ("-", "@") or not word:
            # An @file holds options that the record does not show.
            continue
        elif in_jar:
            return Program("jar", word)
        elif word.endswith(".java"):
            return Program("script", word)
        else:
            return Program("main_class", word.replace("/", "."))
    return None
