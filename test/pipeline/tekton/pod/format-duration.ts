import { parseDuration } from "../../../../src/dockerfile/instructions/duration.ts";

const nanosecondsInSecond = 1e9;

/** A duration in the form that Go writes: `90s` becomes `1m30s`. */
export function formatDuration(text: string): string {
  const total = parseDuration(text) / nanosecondsInSecond;
  if (total === 0) return "0s";
  if (total < 0) return `-${formatDuration(text.slice(1))}`;
  if (total < 1) return `${total * 1000}ms`;
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const seconds = `${Number((total % 60).toFixed(9))}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
