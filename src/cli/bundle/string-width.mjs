// Stands for the package in the bundle, which makes a regular expression of all emoji at each start. slipway's help is in ASCII.
/* oxlint-disable import/no-default-export */
import { stripVTControlCharacters } from "node:util";

/**
 * @param {string} text
 * @returns {number} How many columns of a terminal it takes.
 */
export default function stringWidth(text) {
  return stripVTControlCharacters(text).length;
}
