/* Base64 (RFC 4648, section 4), for bytes inside JSON and HTTP. */
#ifndef SMPRIG_BASE_BASE64_H
#define SMPRIG_BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Characters for so many bytes, and the NUL. */
#define BASE64_SIZE(bytes) (((bytes) + 2) / 3 * 4 + 1)

/* Write BASE64_SIZE(count) characters with the NUL; returns how many without it. */
size_t base64_encode(const uint8_t *bytes, size_t count, char *ret_text);

#endif
