/* For threads whose work can wait: pictures, drawings, everything beside tracking and striking. */
#ifndef SMPRIG_BASE_GIVE_WAY_H
#define SMPRIG_BASE_GIVE_WAY_H

/* The calling thread alone runs when the others leave time: no real-time class, nice 10. */
void thread_give_way(void);

#endif
