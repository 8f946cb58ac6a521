import argparse
from pathlib import Path

from hub.app import serve
from kernel.logs import configure_logging
from kernel.migrations import Context, migrate
from kernel.settings import get_settings
from kernel.web import run

CONTEXT = Context("hub", Path(__file__).parent, extra_roles=("promptsales_pipeline", "promptsales_analytics"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m hub")
    parser.add_argument("command", nargs="?", choices=["serve", "migrate"], default="serve")
    command = parser.parse_args().command
    configure_logging("hub")
    if command == "migrate":
        migrate(get_settings(), CONTEXT)
    else:
        run(serve(get_settings()))


if __name__ == "__main__":
    main()
