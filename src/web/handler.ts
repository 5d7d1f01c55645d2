/** Answers a request of a peer at `address`. */
export type Handler = (request: Request, address: string) => Response | Promise<Response>;
