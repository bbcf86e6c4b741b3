const names = new Set(
  (
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT " +
    "STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ"
  ).split(" "),
);

/**
 * Tells whether a STOPSIGNAL is one: a number from 1 to 64, or a name with or without `SIG`, also of
 * the real-time signals (`RTMIN+3`, `RTMAX-1`). Case does not matter.
 */
export function isSignal(text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) >= 1 && Number(text) <= 64;
  const name = text.toUpperCase().replace(/^SIG/, "");
  if (names.has(name)) return true;
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name);
  if (realTime === null) return false;
  const [, end, sign, distance = "0"] = realTime;
  const inward = end === "MIN" ? "+" : "-";
  return (sign ?? inward) === inward && Number(distance) <= (end === "MIN" ? 15 : 14);
}
