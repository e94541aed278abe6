import type { Feature, Recommender } from "playlistpulse";
import { useEffect, useId, useRef, useState } from "react";
import type { Lookup } from "../../engine/useSongs.ts";
import { change } from "../../state/location.ts";
import { addSeed, removeSeed, turnSeed, type Direction, type Query, type Seed } from "../../state/query.ts";
import { facts } from "../../ui/format.ts";
import { genreStyle } from "../../ui/genre.ts";
import { Icon } from "../../ui/Icon.tsx";
import { Glyph } from "../profile/Glyph.tsx";
import { profileOf } from "../profile/profile.ts";
import { SearchBox } from "../search/SearchBox.tsx";
import { WordsSeed } from "../words/WordsSeed.tsx";
import "./mix.css";

interface Props {
  recommender: Recommender;
  query: Query;
  songs: ReadonlyMap<string, Lookup>;
  features: readonly Feature[];
}

export function Mix({ recommender, query, songs, features }: Props) {
  const id = useId();
  // On a phone a second field would push the songs out of sight: there it waits behind a button.
  const [adding, setAdding] = useState(false);
  const search = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (adding) search.current?.querySelector("input")?.focus();
  }, [adding]);

  return (
    <section className="mix" aria-labelledby="mix-title">
      <div className="mix-head">
        <h2 id="mix-title">Your mix</h2>
        <button
          type="button"
          className="button button--small mix-add"
          aria-expanded={adding}
          aria-controls={id}
          onClick={() => {
            setAdding(!adding);
          }}
        >
          <Icon name={adding ? "close" : "plus"} /> {adding ? "Close" : "Add a song"}
        </button>
      </div>
      <ul className="seeds" hidden={query.seeds.length === 0}>
        {query.seeds.map((seed) => (
          <SeedCard
            key={seed.id}
            seed={seed}
            song={songs.get(seed.id)}
            recommender={recommender}
            features={features}
          />
        ))}
      </ul>
      {recommender.info.text && <WordsSeed query={query} />}
      <div id={id} ref={search} className="mix-search" data-open={adding ? "" : undefined}>
        <SearchBox
          label="Add another song to the mix"
          placeholder="Add another song"
          onChoose={(song) => {
            setAdding(false);
            change((before) => addSeed(before, String(song.song_id)), "push");
          }}
        />
      </div>
    </section>
  );
}

interface SeedProps {
  seed: Seed;
  song: Lookup | undefined;
  recommender: Recommender;
  features: readonly Feature[];
}

function SeedCard({ seed, song, recommender, features }: SeedProps) {
  const name = song === undefined ? "…" : song === "unknown" ? `song ${seed.id}` : song.title;
  const remove = () => {
    change((before) => removeSeed(before, seed.id), "push");
  };
  const known = song !== undefined && song !== "unknown";
  return (
    <li
      className={seed.direction === "less" ? "seed seed--less" : "seed"}
      style={genreStyle(recommender.info, known ? song.genre : null)}
    >
      <Glyph profile={known ? profileOf(features, song.features) : features.map(() => null)} />
      <div className="seed-text">
        <span className="seed-title">{song === "unknown" ? "An unknown song" : name}</span>
        <span className="seed-artist">
          {known && song.artist}
          {song === "unknown" && `Nothing here has the number ${seed.id}.`}
        </span>
        {known && <span className="seed-facts">{facts(song.genre, song.year)}</span>}
      </div>
      <button type="button" className="round" aria-label={`Remove ${name} from the mix`} onClick={remove}>
        <Icon name="close" />
      </button>
      {known && <Turn seed={seed} name={name} />}
    </li>
  );
}

const DIRECTIONS: { direction: Direction; name: string }[] = [
  { direction: "more", name: "More like this" },
  { direction: "less", name: "Less" },
];

function Turn({ seed, name }: { seed: Seed; name: string }) {
  return (
    <div className="segments" role="group" aria-label={`${name}: more or less like this`}>
      {DIRECTIONS.map(({ direction, name: text }) => (
        <button
          key={direction}
          type="button"
          aria-pressed={seed.direction === direction}
          onClick={() => {
            if (seed.direction !== direction) {
              change((before) => turnSeed(before, seed.id, direction), "push");
            }
          }}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
