import { prettyFactory } from "pino-pretty";

export interface TextFormat {
  readonly color: boolean;
  readonly timestamp: boolean;
}

const ownFields = new Set(["level", "time", "msg"]);

/** Makes a function that turns pino's JSON lines into lines for people: `INFO: message name=value`. */
export function formatTextLine(format: TextFormat): (line: string) => string {
  return prettyFactory({
    colorize: format.color,
    hideObject: true,
    ...(format.timestamp
      ? { translateTime: "UTC:yyyy-mm-dd'T'HH:MM:ss.l'Z'" }
      : { ignore: "time" }),
    messageFormat: (log, messageKey) => {
      const fields = Object.entries(log)
        .filter(([name]) => !ownFields.has(name))
        .map(([name, value]) => `${name}=${formatValue(value)}`);
      const message = String(log[messageKey]);
      return [message, ...fields].join(" ");
    },
  });
}

function formatValue(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
