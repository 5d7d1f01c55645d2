import { STATUS_CODES } from "node:http";

/**
 * The reason phrase of a status as RFC 2616 had it, which the Python servers of the ledgers go on
 * sending: http.HTTPStatus to Python 3.12, Werkzeug 2, Twisted. Of the statuses that ledgers send it
 * is one that has another name since.
 */
export function oldReason(status: number): string {
  return status === 413 ? "Request Entity Too Large" : STATUS_CODES[status] ?? "";
}
