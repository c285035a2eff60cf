/* Known bad: safety/ reaches down into motion/, and takes heap. */
#include <stdlib.h>

#include "motion/rig.h"

void *bad_heap(void);
void *bad_heap(void) {
    return malloc(sizeof(struct rig));
}
