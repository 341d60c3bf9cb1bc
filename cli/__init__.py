"""`tocsin`, the command line: starts the services, reads policies, explains, simulates, replays."""
