/** Codes of the protocol's control routes, as their clients know them. */
export type ControlCode =
  | "INVALID_REQUEST"
  | "WEBHOOK_URL_REJECTED"
  | "TOKEN_INVALID"
  | "TOKEN_EXPIRED"
  | "SUBSCRIPTION_NOT_FOUND"
  | "SUBSCRIPTION_ALREADY_EXISTS"
  | "FENCED"
  | "ALREADY_CLAIMED"
  | "NO_PENDING_WORK"
  | "INVALID_OFFSET"
  | "TOO_LARGE"
  | "LIMIT_REACHED"
  | "METHOD_NOT_ALLOWED"
  | "NOT_FOUND";

const STATUS: Readonly<Record<ControlCode, number>> = {
  INVALID_REQUEST: 400,
  WEBHOOK_URL_REJECTED: 400,
  TOKEN_INVALID: 401,
  TOKEN_EXPIRED: 401,
  SUBSCRIPTION_NOT_FOUND: 404,
  SUBSCRIPTION_ALREADY_EXISTS: 409,
  FENCED: 409,
  ALREADY_CLAIMED: 409,
  NO_PENDING_WORK: 409,
  INVALID_OFFSET: 409,
  TOO_LARGE: 413,
  LIMIT_REACHED: 409,
  METHOD_NOT_ALLOWED: 405,
  NOT_FOUND: 404,
};

/** A request to a control route that is refused; `facts` stand beside the code in the answer. */
export class SubscriptionRefusal extends Error {
  override readonly name = "SubscriptionRefusal";
  readonly code: ControlCode;
  readonly facts: Readonly<Record<string, string | number>>;

  constructor(
    code: ControlCode,
    message: string,
    facts: Readonly<Record<string, string | number>> = {},
  ) {
    super(message);
    this.code = code;
    this.facts = facts;
  }

  get status(): number {
    return STATUS[this.code];
  }
}

export function invalid(message: string): SubscriptionRefusal {
  return new SubscriptionRefusal("INVALID_REQUEST", message);
}

export function unknownSubscription(): SubscriptionRefusal {
  return new SubscriptionRefusal("SUBSCRIPTION_NOT_FOUND", "There is no such subscription");
}

/** The wake that a request speaks for is over. */
export function fenced(): SubscriptionRefusal {
  return new SubscriptionRefusal("FENCED", "This wake is over");
}

/** There is no room for more of something. */
export function limitReached(message: string): SubscriptionRefusal {
  return new SubscriptionRefusal("LIMIT_REACHED", message);
}
