import { BlockList, isIP } from "node:net";
import { isLoopback } from "../../kernel/address.ts";

/** IPv4 networks that are not of the public internet (IANA's special-purpose registry). */
const PRIVATE_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
];

/** Within IPv6's public 2000::/3, what is not public or leads to an IPv4 address. */
const PRIVATE_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const closed = new BlockList();
for (const net of PRIVATE_V4) add(closed, net, "ipv4");
for (const net of PRIVATE_V6) add(closed, net, "ipv6");

const open = new BlockList();
add(open, "2000::/3", "ipv6");

function add(list: BlockList, net: string, family: "ipv4" | "ipv6"): void {
  const [address = "", bits] = net.split("/");
  list.addSubnet(address, Number(bits), family);
}

/** Whether an IP address is one of the public internet. */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !closed.check(address, "ipv4");
    case 6:
      return open.check(address, "ipv6") && !closed.check(address, "ipv6");
    default:
      return false;
  }
}

/** Whether a host is this machine by its name: what `localhost` and its subdomains mean. */
export function isLocalName(host: string): boolean {
  return isLoopback(host) || host.endsWith(".localhost");
}
