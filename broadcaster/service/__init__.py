"""What every door needs: typed commands to the station, and queries about it.

Each module returns data with `Words` where there is text. Nothing here prints, knows a language or ends the process:
the command line and the browser console decide how people are told. Import the modules by name; none loads another
room before it is used.
"""
