"""Entry point of `promptsales`. Commands load what they need when they run, so that `--help` is instant."""

import sys

import typer

from cli.commands import approvals, audit, data, governing, organisations, people, signing, system, talk

app = typer.Typer(
    name="promptsales",
    help="PromptSales: from a brief to closed sales, with a person's approval before anything happens.",
    no_args_is_help=True,
    rich_markup_mode=None,  # rich help takes four times as long to import as all the rest
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
system.register(app)
talk.register(app)
app.add_typer(approvals.app, name="approvals")
app.add_typer(governing.policies_app, name="policies")
app.add_typer(audit.app, name="audit")
data.register(app)
people.register(app)
organisations.register(app)
app.add_typer(signing.app, name="keys")


def main() -> None:
    """Run the command line; errors of the system become a message and an exit status."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from kernel.errors import PromptSalesError

        if not isinstance(error, PromptSalesError):
            raise
        from cli.errors import exit_code
        from cli.output import complain

        complain(error.message, error.fix)
        sys.exit(exit_code(error))


if __name__ == "__main__":
    main()
