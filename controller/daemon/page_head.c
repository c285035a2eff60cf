#include "controller/daemon/page_head.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/give_way.h"
#include "base/log.h"
#include "plan/decimate.h"
#include "plan/scan.h"

struct page_head {
    char scan_path[4096];
    struct mesh mesh;
    pthread_t thread;
    atomic_bool is_ready; /* the mesh belongs to the readers from then on */
};

static void *run(void *context) {
    struct page_head *head = context;
    struct error err = {0};
    double error_mm = 0;
    thread_give_way();
    enum result result = scan_read(head->scan_path, &head->mesh, &err);
    if (result == RESULT_OK && head->mesh.vertex_count > PAGE_HEAD_VERTICES_MAX)
        result = mesh_decimate(&head->mesh, PAGE_HEAD_VERTICES_MAX, (struct fill_progress){0},
                               &error_mm);
    if (result == RESULT_OK)
        atomic_store(&head->is_ready, true);
    else
        log_warning("smprigd", "the page gets no head: %s", err.text);
    return NULL;
}

enum result page_head_create(const char *scan_path, struct page_head **ret_head,
                             struct error *err) {
    struct page_head *head = calloc(1, sizeof *head);
    if (!head) return error_set(err, RESULT_NO_MEMORY, "out of memory");
    snprintf(head->scan_path, sizeof head->scan_path, "%s", scan_path);
    if (pthread_create(&head->thread, NULL, run, head) != 0) {
        free(head);
        return error_set(err, RESULT_IO, "cannot start the thread for the page's head");
    }
    *ret_head = head;
    return RESULT_OK;
}

void page_head_destroy(struct page_head **head) {
    struct page_head *h = *head;
    if (!h) return;
    pthread_join(h->thread, NULL);
    mesh_release(&h->mesh);
    free(h);
    *head = NULL;
}

const struct mesh *page_head_mesh(const struct page_head *head) {
    return head && atomic_load(&head->is_ready) ? &head->mesh : NULL;
}
