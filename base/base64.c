#include "base/base64.h"

size_t base64_encode(const uint8_t *bytes, size_t count, char *ret_text) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0;
    for (size_t i = 0; i < count; i += 3) {
        uint32_t word = (uint32_t)bytes[i] << 16;
        if (i + 1 < count) word |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < count) word |= bytes[i + 2];
        ret_text[n++] = letters[word >> 18];
        ret_text[n++] = letters[word >> 12 & 63];
        ret_text[n++] = i + 1 < count ? letters[word >> 6 & 63] : '=';
        ret_text[n++] = i + 2 < count ? letters[word & 63] : '=';
    }
    ret_text[n] = '\0';
    return n;
}
