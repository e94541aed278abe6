import type { Recommender } from "playlistpulse";
import { whole } from "./format.ts";
import "./footer.css";

function text(record: unknown, key: string): string {
  if (typeof record !== "object" || record === null) return "";
  const value = (record as Record<string, unknown>)[key];
  return typeof value === "string" ? value : "";
}

/** Where a source or a licence can be read, for those that have a place of their own. */
function place(name: string): string | null {
  if (/^https?:\/\//.test(name)) return name;
  const doi = /^doi:\s*(10\.\S+)$/i.exec(name)?.[1];
  if (doi !== undefined) return `https://doi.org/${doi}`;
  const [, terms, version] = /^CC (BY(?:-[A-Z]{2})*) (\d\.\d)$/.exec(name) ?? [];
  if (terms === undefined || version === undefined) return null;
  return `https://creativecommons.org/licenses/${terms.toLowerCase()}/${version}/`;
}

function Named({ name }: { name: string }) {
  const href = place(name);
  return href === null ? name : <a href={href}>{name}</a>;
}

/** What the engine's module uses of the browser. */
const MODULES: Record<Recommender["variant"], string> = {
  plain: "plain SIMD",
  relaxed: "relaxed SIMD",
  threads: "SIMD and threads",
};

/** Names the data and its licence, as the manifest gives them. */
export function Footer({ recommender }: { recommender: Recommender }) {
  const { info, variant } = recommender;
  const data = (info.manifest as { data?: unknown } | null)?.data;
  const title = text(data, "title");
  const attribution = text(data, "attribution");
  const licence = text(data, "licence");
  const source = text(data, "source");
  return (
    <footer className="footer">
      <p>
        {whole(info.songs)} songs by {whole(info.artists)} artists
        {title !== "" && <> from “{title}”</>}
        {attribution !== "" && <> by {attribution}</>}
        {source !== "" && (
          <>
            , <Named name={source} />
          </>
        )}
        .{" "}
        {licence !== "" && (
          <>
            Licence: <Named name={licence} />.
          </>
        )}
      </p>
      <p>
        Searched and recommended on this device, with{" "}
        {MODULES[variant]}. Nothing you look for leaves it.
      </p>
    </footer>
  );
}
