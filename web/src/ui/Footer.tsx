import type { Recommender } from "playlistpulse";
import { whole } from "./format.ts";
import "./footer.css";

function text(record: unknown, key: string): string {
  if (typeof record !== "object" || record === null) return "";
  const value = (record as Record<string, unknown>)[key];
  return typeof value === "string" ? value : "";
}

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
        {attribution !== "" && <>, {attribution}</>}
        {source !== "" && <>, {/^https?:/.test(source) ? <a href={source}>source</a> : source}</>}
        {licence !== "" && <>, {licence}</>}.
      </p>
      <p>
        Searched and recommended on this device, with{" "}
        {variant === "relaxed" ? "relaxed SIMD" : "plain SIMD"}. Nothing you look for leaves it.
      </p>
    </footer>
  );
}
