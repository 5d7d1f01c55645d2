/** The key that a request shows as `Authorization: Bearer`, if it does. */
export function bearerOf(headers: Headers): string | undefined {
  return /^bearer (.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}
