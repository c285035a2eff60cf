/* `smprig-guard service TASK`: the technician's session at its edge - port, keys, signals, text.
 * The guard stays the only program that opens the port; `smprig rig TASK` runs this. */
#ifndef SMPRIG_CONTROLLER_GUARD_SERVICE_EDGE_H
#define SMPRIG_CONTROLLER_GUARD_SERVICE_EDGE_H

/* argv[0] is "service"; the value is the exit code (sysexits.h). */
int service_edge_main(int argc, char **argv);

#endif
