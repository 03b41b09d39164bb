/** MySQL keeps at most this many warnings of a statement (`max_error_count`). */
export const MAX_WARNINGS = 64;
