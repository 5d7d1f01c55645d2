/** The original's words for a query that asks for too much. */
export const TOO_COMPLEX = "Query complexity exceeds maximum allowed";
