import { BuilderError, type BuilderErrorOptions } from "./builder-error.ts";

export interface RegistryErrorOptions extends BuilderErrorOptions {
  /** Host and port of the registry. */
  readonly host?: string;
  /** The HTTP status of its answer. */
  readonly status?: number;
}

/** A registry refused, failed or lied, or credentials for it cannot be had. */
export class RegistryError extends BuilderError {
  readonly host: string | undefined;
  readonly status: number | undefined;

  constructor(
    code:
      | "REGISTRY_UNREACHABLE"
      | "REGISTRY_UNAVAILABLE"
      | "REGISTRY_UNAUTHORIZED"
      | "REGISTRY_NOT_FOUND"
      | "REGISTRY_REJECTED"
      | "REGISTRY_PROTOCOL"
      | "CREDENTIALS_INVALID",
    message: string,
    options: RegistryErrorOptions = {},
  ) {
    super(code, message, options);
    this.host = options.host;
    this.status = options.status;
  }
}
