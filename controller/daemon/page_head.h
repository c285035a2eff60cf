/* The scan as the page draws it: few enough triangles for a tablet, made by a thread of its own
 * while the session begins. */
#ifndef SMPRIG_CONTROLLER_DAEMON_PAGE_HEAD_H
#define SMPRIG_CONTROLLER_DAEMON_PAGE_HEAD_H

#include "base/result.h"
#include "plan/mesh.h"

#define PAGE_HEAD_VERTICES_MAX 12000u

struct page_head;

/* Begin to read and thin out the scan. RESULT_IO: no thread. */
MUST_USE enum result page_head_create(const char *scan_path, struct page_head **ret_head,
                                      struct error *err);
/* Waits for the thread. */
void page_head_destroy(struct page_head **head);
/* The mesh, owned by the page_head; NULL while it is being made, or when that failed. */
const struct mesh *page_head_mesh(const struct page_head *head);

#endif
