// How the page writes numbers: units, fixed digits, nothing that jumps.

/** Seconds as people say them: "45 s", "12 min", "1 h 05 min". */
export function duration(seconds) {
  if (!(seconds >= 0)) return "";
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

export function count(number, language) {
  return Number(number ?? 0).toLocaleString(language);
}

/** Milliseconds since 1970 as the wall clock's HH:MM:SS. */
export function clock(unix_ms) {
  return new Date(unix_ms).toTimeString().slice(0, 8);
}

/** An axis' position with its unit: mm, or degrees for a rotary axis. */
export function axisPosition(axis, value) {
  if (value === undefined) return "";
  return axis.is_rotary ? `${((value * 180) / Math.PI).toFixed(2)}°` : `${value.toFixed(3)} mm`;
}

/** From where to where it goes. */
export function axisRange({ is_rotary, min, max }) {
  const [unit, scale] = is_rotary ? ["°", 180 / Math.PI] : [" mm", 1];
  return `${(min * scale).toFixed(0)} … ${(max * scale).toFixed(0)}${unit}`;
}
