const two = (number: number): string => String(number).padStart(2, '0');

/** `22.11.2026`, by the tablet's own clock and zone. Plain numbers: the same in every language, no locale data needed. */
export function day(millis: number): string {
  const at = new Date(millis);
  return `${two(at.getDate())}.${two(at.getMonth() + 1)}.${String(at.getFullYear())}`;
}

/** `14:05`. */
export function time(millis: number): string {
  const at = new Date(millis);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** `22.11.2026 14:05`. */
export function dayTime(millis: number): string {
  return `${day(millis)} ${time(millis)}`;
}
