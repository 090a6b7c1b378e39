"""`polygraph dead-letters`: look at what was rejected, send it again, or let it go."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from app import main
from app.cli.caller import Caller
from app.log import shown

_PAGE = 500


def mount(app: typer.Typer, caller: Caller) -> None:
    """Add the commands."""
    letters = typer.Typer(help="Records that were rejected, with the reason.", invoke_without_command=True)
    app.add_typer(letters, name="dead-letters")

    @letters.callback()
    def show(
        context: typer.Context,
        first: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
        json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """Show the reasons with their counts, and the first records."""
        if context.invoked_subcommand:
            return
        with main.services(caller.settings()) as given:
            reasons = given.stream.dead_letters_by_reason()
            found = given.stream.dead_letters(count=first)
        if json:
            caller.emit(
                {
                    "reasons": [
                        {"format": format, "reason": reason, "count": count}
                        for (format, reason), count in sorted(reasons.items())
                    ],
                    "letters": [
                        {
                            "id": one.id,
                            "at": one.letter.at,
                            "format": one.letter.format,
                            "source": one.letter.source,
                            "line": one.letter.line,
                            "reason": one.letter.reason,
                            "raw": one.letter.raw.decode("utf-8", "replace"),
                        }
                        for one in found
                    ],
                }
            )
            return
        for (format, reason), count in sorted(reasons.items()):
            caller.out.print(f"{count:>8}  {format:<10} {shown(reason)}")
        for one in found:
            letter = one.letter
            at = datetime.fromtimestamp(letter.at / 1000, UTC).isoformat(timespec="seconds")
            raw = shown(letter.raw.decode("utf-8", "replace"), 160)
            caller.out.print(f"{at} {shown(letter.source)}:{letter.line} {shown(letter.reason)}\n    {raw}")
        caller.say(f"{sum(reasons.values())} dead letters")

    @letters.command()
    def replay() -> None:
        """Send them all again; those that are taken now are deleted."""
        from app.ingest import replay_dead_letters

        with main.services(caller.settings()) as given:
            tally = replay_dead_letters(given.stream, main.ingest(given, waits=True))
        rejected = sum(tally.rejected.values())
        caller.out.print(f"{tally.records} sent again: {tally.taken} taken, {rejected} rejected once more")
        raise typer.Exit(0 if tally.complete else 1)

    @letters.command()
    def delete(
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ) -> None:
        """Delete them all."""
        with main.services(caller.settings()) as given:
            count = given.stream.dead_letter_count()
            if count and not yes:
                typer.confirm(f"Delete {count} dead letters for good?", abort=True)
            gone = 0
            while found := given.stream.dead_letters(count=_PAGE):
                gone += given.stream.delete_dead_letters([one.id for one in found])
        caller.out.print(f"{gone} deleted")
