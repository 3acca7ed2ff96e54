"""`python -m broadcaster`: runs the program where no script is installed."""

from broadcaster.cli import main

if __name__ == "__main__":
    main()
