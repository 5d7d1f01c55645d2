import { jsonifyBody, restfulBody } from "./json_bodies.ts";

/** The body of a 404 to a path that is known, for something that is not there. */
export const NOT_FOUND = jsonifyBody({ message: "Not found", status: 404 });

/** The body, in HTML, of a 404 to a path that is not known. */
export const UNKNOWN_PATH = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>The requested URL was not found on the server. If you entered the URL manually please check \
your spelling and try again.</p>
`;

/** The body of a 405. */
export const METHOD_NOT_ALLOWED = restfulBody({
  message: "The method is not allowed for the requested URL.",
});

/** The body of a 400 to a body that is no JSON. */
export const BAD_JSON = restfulBody({
  message: "The browser (or proxy) sent a request that this server could not understand.",
});

/** The body of a 500. */
export const SERVER_ERROR = restfulBody({ message: "Internal Server Error" });
