import type { Feature, Recommender } from "playlistpulse";
import { useEffect, useRef, useState } from "react";
import { fitToBundle, toRequest } from "../../engine/request.ts";
import { useSongs, type Lookup } from "../../engine/useSongs.ts";
import { navigate, useArrivals } from "../../state/location.ts";
import { canShowMore, NO_FILTERS, showMore, withFilters, type Query } from "../../state/query.ts";
import { count, list, whole } from "../../ui/format.ts";
import { FailurePanel } from "../loading/FailurePanel.tsx";
import { profileOf, type Profile } from "../profile/profile.ts";
import { ReaderPanel } from "../words/ReaderPanel.tsx";
import { useReader } from "../words/useReader.ts";
import { NothingLeft } from "./NothingLeft.tsx";
import { ResultRow } from "./ResultRow.tsx";
import { useRecommendations } from "./useRecommendations.ts";
import "./recommendations.css";

/** Letters of the words in the heading. */
const MOST_QUOTED = 60;

interface Props {
  recommender: Recommender;
  query: Query;
  seeds: ReadonlyMap<string, Lookup>;
  /** Whether all seeds have been looked up. */
  ready: boolean;
  features: readonly Feature[];
  profile: Profile | null;
}

export function Recommendations({ recommender, query, seeds, ready, features, profile }: Props) {
  const { info } = recommender;
  const [attempt, setAttempt] = useState(0);
  const heading = useRef<HTMLHeadingElement>(null);
  const arrivals = useArrivals();

  const known = (id: string) => seeds.has(id) && seeds.get(id) !== "unknown";
  const knownSeeds = query.seeds.filter((seed) => known(seed.id));
  const { words } = fitToBundle(query, info);
  const reader = useReader(recommender, words !== "");
  const reads = words !== "" && reader.state.status !== "ready";
  const asked = knownSeeds.length > 0 || words !== "";
  const request = ready && asked && !reads ? toRequest(query, info, known) : null;
  const answer = useRecommendations(recommender, request, attempt);
  const results = answer?.recommendations?.results ?? [];
  const details = useSongs(
    recommender,
    results.map((song) => String(song.song_id)),
  );

  const titles = (direction: "more" | "less") =>
    knownSeeds
      .filter((seed) => seed.direction === direction)
      .map((seed) => {
        const song = seeds.get(seed.id);
        return song === undefined || song === "unknown" ? "" : song.title;
      });
  const more = [...titles("more"), ...(words === "" ? [] : [quoted(words)])];
  const less = titles("less");
  const name = headline(more, less);

  useEffect(() => {
    if (!ready) return;
    document.title = name === "" ? "PlaylistPulse" : `With ${name} · PlaylistPulse`;
  }, [ready, name]);

  // Another mix was chosen: the reader continues here, not where a vanished control was.
  const seenArrivals = useRef(0);
  useEffect(() => {
    if (arrivals === seenArrivals.current) return;
    seenArrivals.current = arrivals;
    heading.current?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }, [arrivals]);

  const settled = answer !== null && request !== null;
  const nothing = settled && answer.failure === null && results.length === 0;
  const few = settled && !nothing && answer.failure === null && results.length < query.count;

  return (
    <section className="recommendations" aria-labelledby="results-title">
      <div className="results-head">
        <h1 id="results-title" ref={heading} tabIndex={-1}>
          {name === "" ? "No song to go by" : <>Belongs with <em>{name}</em></>}
        </h1>
        <p className="results-meta" role="status">
          {settled && results.length > 0 && (
            <>
              {count(results.length, "song")} of {whole(info.songs)}
              <span aria-hidden="true">, found on this device in {elapsed(answer.took)}</span>
            </>
          )}
        </p>
      </div>

      {reads && <ReaderPanel reader={reader} />}

      {ready && !asked && (
        <div className="panel">
          <h2>This link is for other songs</h2>
          <p>
            None of the songs it names are in this catalogue. It may have been made with another one.
            Search for a song to start afresh.
          </p>
        </div>
      )}

      {settled && answer.failure && (
        <FailurePanel
          failure={answer.failure}
          onRetry={() => {
            setAttempt(attempt + 1);
          }}
        />
      )}

      {request !== null && results.length > 0 && (
        <ol className="results">
          {results.map((song, place) => {
            const detail = details.get(String(song.song_id));
            return (
              <ResultRow
                key={song.song_id}
                rank={place + 1}
                song={song}
                info={info}
                query={query}
                profile={
                  detail && detail !== "unknown"
                    ? profileOf(features, detail.features)
                    : features.map(() => null)
                }
                against={profile ?? undefined}
              />
            );
          })}
        </ol>
      )}

      {nothing && (
        <NothingLeft recommender={recommender} query={query} request={(q) => toRequest(q, info, known)} />
      )}

      {few && (
        <p className="results-end">
          That is all: no other song passes the filters.{" "}
          <button
            type="button"
            className="link"
            onClick={() => {
              navigate(withFilters(query, NO_FILTERS), "push");
            }}
          >
            Reset the filters
          </button>
        </p>
      )}
      {settled && !few && !nothing && results.length > 0 && canShowMore(query) && (
        <button
          type="button"
          className="button results-more"
          onClick={() => {
            navigate(showMore(query), "replace");
          }}
        >
          Show ten more
        </button>
      )}
    </section>
  );
}

function elapsed(ms: number): string {
  return ms < 9.95 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

function headline(more: readonly string[], less: readonly string[]): string {
  const parts: string[] = [];
  if (more.length > 0) parts.push(shortList(more));
  if (less.length > 0) parts.push(`${more.length > 0 ? "but not" : "anything but"} ${shortList(less)}`);
  return parts.join(", ");
}

/** The words' beginning, as a name for them. */
function quoted(words: string): string {
  const line = words.replace(/\s+/g, " ");
  const cut = line.length <= MOST_QUOTED ? line : `${line.slice(0, MOST_QUOTED).replace(/ \S*$/, "")} …`;
  return `“${cut}”`;
}

function shortList(titles: readonly string[]): string {
  return titles.length <= 3 ? list(titles) : list([...titles.slice(0, 2), `${titles.length - 2} more`]);
}
