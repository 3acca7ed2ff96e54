"""`python -m broadcaster`: the same program, where no script was installed."""

from broadcaster.cli import main

if __name__ == "__main__":
    main()
