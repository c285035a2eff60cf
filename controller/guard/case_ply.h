/* Strict readers of the two files that the guard believes: the canonical scan and the dot plan
 * (docs/formats.md), from memory. What deviates by a byte from the format is refused. */
#ifndef SMPRIG_CONTROLLER_GUARD_CASE_PLY_H
#define SMPRIG_CONTROLLER_GUARD_CASE_PLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/field_build.h"
#include "base/result.h"
#include "safety/gate.h"

#define PLY_HEADER_LINES_MAX 128
#define PLY_VERTICES_MAX 400000u
#define PLY_TRIANGLES_MAX 800000u
#define PLY_DOTS_MAX 200000u
#define PLY_KEEP_OUTS_MAX 4096u
#define PLY_KEEP_OUT_RADIUS_MAX_MM 100.0F

/* Counts from the header, so that the caller can set memory aside. */
MUST_USE enum result scan_ply_count(const void *data, size_t size, size_t *ret_vertices,
                                    size_t *ret_triangles);
/* Fill positions (3 floats a vertex) and triangles (3 indexes each) of the counted sizes. Refuses
 * non-finite positions, indexes out of range, anything but triangles, and bytes left over. */
MUST_USE enum result scan_ply_read(const void *data, size_t size, float *positions,
                                   uint32_t *triangles);

MUST_USE enum result plan_ply_count(const void *data, size_t size, size_t *ret_dots);
/* Fill dots, sorted by id, all pending; ret_scan_sha256 gets the scan's hash of the header. Refuses
 * repeated ids, non-finite numbers, normals that are not unit, unknown regions, bytes left over. */
MUST_USE enum result plan_ply_read(const void *data, size_t size, struct gate_dot *dots,
                                   char ret_scan_sha256[65]);

/* Fill the plan's keep-outs, PLY_KEEP_OUTS_MAX at most. Refuses what is no ball. */
MUST_USE enum result plan_ply_keep_outs(const void *data, size_t size,
                                        struct gate_keep_out *keep_outs, size_t *ret_count);

#endif
