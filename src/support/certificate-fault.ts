const certificateCodes =
  /^(?:CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT|INVALID_CA|PATH_LENGTH_|HOSTNAME_MISMATCH)/;

/** Tells errors that say that a certificate does not fit, by the `code` that Node gives them. */
export function isCertificateFault(code: string): boolean {
  return certificateCodes.test(code);
}
