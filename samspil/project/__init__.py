"""Assembly: settings, address table, who fills which port, processes and the command line."""
