/** kaniko's levels, the least talkative first. slipway itself says nothing above `error`. */
export const logLevels = ["panic", "fatal", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof logLevels)[number];

/** kaniko's formats: lines for people, with or without colours, or one JSON object per line. */
export const logFormats = ["color", "text", "json"] as const;
export type LogFormat = (typeof logFormats)[number];
