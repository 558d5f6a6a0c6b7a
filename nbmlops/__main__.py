"""`python -m nbmlops`: the terminal's commands."""

from nbmlops.cli import main

if __name__ == "__main__":
    main()
