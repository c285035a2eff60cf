/* The small calibration files: where the needle's tip is, where the surface's zero is, how the scan
 * stands to the ring. Each carries its records; docs/formats.md, "Calibration". */
#ifndef SMPRIG_VISION_CALIBRATION_SMALL_FILES_H
#define SMPRIG_VISION_CALIBRATION_SMALL_FILES_H

#include "base/file.h"
#include "base/geom.h"
#include "base/result.h"
#include "vision/calibration_record.h"

#define NEEDLE_FILE "needle.yaml"
#define DEPTH_FILE "depth.yaml"
#define REGISTRATION_FILE "registration.yaml"

struct needle_file {
    struct vec3
        tip_tool; /* the tip in the tool frame of the rig's file, mm; zero: as the file says */
    char rig_sha256[SHA256_HEX_SIZE]; /* the rig file that it holds for; empty: not told */
    struct calibration_records records;
};

struct depth_file {
    double surface_zero_um; /* the probe meets the skin so far outside the scan's surface */
    struct calibration_records records;
};

struct registration_file {
    struct pose T_head_ring;
    char scan_sha256[SHA256_HEX_SIZE]; /* the scan and the ring that it was made with: */
    char ring_sha256[SHA256_HEX_SIZE]; /* for others it says nothing */
    struct calibration_records records;
};

/* RESULT_NOT_FOUND, RESULT_IO; RESULT_FORMAT, RESULT_RANGE with `file:line:column: ...`. */
MUST_USE enum result needle_file_read(const char *path, struct needle_file *ret_file,
                                      struct error *err);
MUST_USE enum result depth_file_read(const char *path, struct depth_file *ret_file,
                                     struct error *err);
MUST_USE enum result registration_file_read(const char *path, struct registration_file *ret_file,
                                            struct error *err);

/* Write whole or not at all. */
MUST_USE enum result needle_file_write(const struct needle_file *file, const char *path,
                                       struct error *err);
MUST_USE enum result depth_file_write(const struct depth_file *file, const char *path,
                                      struct error *err);
MUST_USE enum result registration_file_write(const struct registration_file *file, const char *path,
                                             struct error *err);

#endif
