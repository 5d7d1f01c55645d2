import { count } from "../../base/format.ts";
import { goTo, hrefOf, pathOf } from "../../base/place.ts";
import { preview } from "../../base/preview.ts";
import type { ScreenProps } from "../../base/screen.ts";
import { useResource } from "../../data/resource.ts";
import { Section } from "../../parts/page_head.tsx";
import { SameAs } from "../../parts/same_as.tsx";
import { Empty, Shown } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { AskForm } from "../common/ask_form.tsx";
import { BigchainHead, type OfLedger } from "./head.tsx";
import { apiPath, askBigchain } from "./ledger.ts";
import { AssetLink, TxLink } from "./links.tsx";

/** Documents of each kind that are shown. */
const SHOWN = 50;

/** A document that was found. */
interface Hit {
  readonly id: string;
  readonly data?: unknown;
  readonly metadata?: unknown;
}

/** Searches what assets and metadata say. */
export function BigchainSearch({ ledger, query }: ScreenProps & OfLedger) {
  const wanted = query.get("q") ?? "";
  return (
    <>
      <BigchainHead
        ledger={ledger}
        title="Search"
        about="Any of the words; a phrase in quotes, and - before what must not be there"
      />
      <SearchForm ledger={ledger} wanted={wanted} label="Words in assets and metadata" />
      {wanted === ""
        ? (
          <Empty title="What are you looking for?">
            Assets and metadata are searched as MongoDB does.
          </Empty>
        )
        : (
          <>
            <Hits ledger={ledger} wanted={wanted} kind="assets" />
            <Hits ledger={ledger} wanted={wanted} kind="metadata" />
          </>
        )}
      <SameAs requests={[{ path: apiPath(ledger, searchPath("assets", wanted || "words")) }]} />
    </>
  );
}

/** Looks up what was stored with a CID: this ledger does not search words. */
export function PlanetmintContents({ ledger, query }: ScreenProps & OfLedger) {
  const wanted = query.get("q") ?? "";
  const cid = encodeURIComponent(wanted);
  const found = useResource(`${ledger.name} cid ${wanted}`, async (signal) => {
    if (wanted === "") return undefined;
    const [assets, metadata] = await Promise.all([
      askBigchain<readonly unknown[]>(ledger, `assets/${cid}`, signal),
      askBigchain<readonly unknown[]>(ledger, `metadata/${cid}`, signal),
    ]);
    return { assets: assets.length, metadata: metadata.length };
  });
  const times = (number: number) => number === 1 ? "once" : `${count(number)} times`;
  return (
    <>
      <BigchainHead
        ledger={ledger}
        title="Contents"
        about="Assets and metadata are CIDs here: what was stored with one, and how often"
      />
      <SearchForm ledger={ledger} wanted={wanted} label="A CID" />
      {wanted === ""
        ? <Empty title="Which CID?">It is the whole CID, as it was stored.</Empty>
        : (
          <Shown of={found} lines={2}>
            {(value) =>
              value === undefined || value.assets + value.metadata === 0
                ? <Empty title="Nothing was stored with it" />
                : (
                  <div class="card card-body">
                    As an asset {value.assets === 0 ? "never" : times(value.assets)}, as metadata
                    {" "}
                    {value.metadata === 0 ? "never" : times(value.metadata)}.
                  </div>
                )}
          </Shown>
        )}
      <SameAs requests={[{ path: apiPath(ledger, `assets/${cid || "CID"}`) }]} />
    </>
  );
}

function SearchForm(
  { ledger, ...rest }: OfLedger & { readonly wanted: string; readonly label: string },
) {
  const look = (q: string | undefined) => goTo(hrefOf(pathOf(ledger.name, "search"), { q }));
  return <AskForm button="Look" look={look} {...rest} />;
}

function Hits(
  { ledger, wanted, kind }: OfLedger & {
    readonly wanted: string;
    readonly kind: "assets" | "metadata";
  },
) {
  const path = `${searchPath(kind, wanted)}&limit=${SHOWN}`;
  const hits = useResource(
    `${ledger.name} ${path}`,
    (signal) => askBigchain<readonly Hit[]>(ledger, path, signal),
  );
  const columns: readonly Column<Hit>[] = [
    {
      key: "id",
      head: kind === "assets" ? "Asset" : "Transaction",
      width: "320px",
      cell: ({ id }) =>
        kind === "assets"
          ? <AssetLink ledger={ledger} id={id} chars={38} />
          : <TxLink ledger={ledger} id={id} chars={38} />,
    },
    {
      key: "says",
      head: "Says",
      cell: ({ data, metadata }) => <span class="mono muted">{preview(data ?? metadata, 160)}
      </span>,
    },
  ];
  return (
    <Section
      title={kind === "assets" ? "Assets" : "Metadata"}
      side={hits.value && (
        <span class="muted" role="status">
          {count(hits.value.length)}
          {hits.value.length === SHOWN ? " or more" : ""}
        </span>
      )}
    >
      <Shown of={hits} lines={3}>
        {(rows) => (
          <Table
            caption={kind === "assets" ? "Assets" : "Metadata"}
            columns={columns}
            rows={rows}
            rowKey={({ id }) => id}
            empty={<Empty title="Nothing says that" />}
          />
        )}
      </Shown>
    </Section>
  );
}

function searchPath(kind: string, wanted: string): string {
  return `${kind}?search=${encodeURIComponent(wanted)}`;
}
