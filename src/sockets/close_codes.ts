/**
 * Every reason this server closes a socket for: the code on the wire, whether it makes sense to
 * come back, and the words. Codes from 4000 are ours; 40x0 to 40x4 ask to come back, 40x5 to 40x9
 * do not. Reasons stay under the 123 bytes a close frame can carry.
 */
export const CLOSE = {
  normal: { code: 1000, reconnect: false, reason: "" },
  shutdown: { code: 1001, reconnect: true, reason: "server is stopping" },
  unsupported: { code: 1003, reconnect: false, reason: "this endpoint takes text messages" },
  too_many_messages: { code: 1008, reconnect: false, reason: "too many messages" },
  message_too_big: { code: 1009, reconnect: false, reason: "message too big" },
  internal: { code: 1011, reconnect: true, reason: "internal error" },
  try_later: { code: 1013, reconnect: true, reason: "try again later" },
  too_slow: { code: 4000, reconnect: true, reason: "too slow: come back with the last offset" },
  ended: { code: 4001, reconnect: true, reason: "closed by an administrator" },
  unauthorized: { code: 4005, reconnect: false, reason: "unauthorized" },
  damaged: { code: 4006, reconnect: false, reason: "the log is damaged" },
  gone: { code: 4008, reconnect: false, reason: "the stream was deleted" },
  offset_gone: { code: 4009, reconnect: false, reason: "what comes next is kept no more" },
  epoch_ended: { code: 4007, reconnect: false, reason: "the chain began a new life" },
} as const;

export type CloseReason = keyof typeof CLOSE;
