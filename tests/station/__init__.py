"""The station as a whole: what was planned, asked or broken, against what was heard and journalled."""
