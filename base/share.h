/* Files that come with smprig - scans, rigs, designs to begin with - wherever it stands: installed
 * (/usr/bin beside /usr/share/smprig), or built in its source tree (build/release/bin). */
#ifndef SMPRIG_BASE_SHARE_H
#define SMPRIG_BASE_SHARE_H

/* `name` ("configs/rigs/gantry.yaml") as a path. A file of that name under the working folder goes
 * first; when there is none anywhere the name itself, so that the reader's message shows it. The
 * text stays valid while the program runs: for a few names at the start, not for a loop. */
const char *share_path(const char *name);

#endif
