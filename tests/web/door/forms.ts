/** How each says that something is wrong: the members of its errors. */
export const FORMS: Readonly<Record<string, string>> = {
  hierachain: "error,message,status_code",
  hathor: "message,success",
  bigchaindb: "message,status",
  planetmint: "message,status",
  streams: "code,detail,status,title,type",
  main: "code,detail,status,title,type",
};
