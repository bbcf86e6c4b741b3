import { BuilderError, type BuilderErrorOptions } from "./builder-error.ts";

/** An image's name, platform or content cannot be used. */
export class ImageError extends BuilderError {
  constructor(
    code: "IMAGE_REFERENCE_INVALID" | "IMAGE_PLATFORM_UNAVAILABLE" | "IMAGE_MALFORMED",
    message: string,
    options?: BuilderErrorOptions,
  ) {
    super(code, message, options);
  }
}
