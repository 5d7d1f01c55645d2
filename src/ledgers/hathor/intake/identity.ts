/** How the node tells itself from others: clients keep both, and refuse a stream with any other. */
export interface NodeIdentity {
  /** 64 hex digits. */
  readonly peerId: string;
  /** A UUID. */
  readonly streamId: string;
}
