/* Known bad: uses a type that it does not include. */
size_t bad_header(uint32_t value);
