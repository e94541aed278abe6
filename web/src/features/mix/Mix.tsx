import type { Feature, Recommender } from "playlistpulse";
import type { Lookup } from "../../engine/useSongs.ts";
import { change } from "../../state/location.ts";
import { addSeed, removeSeed, turnSeed, type Direction, type Query, type Seed } from "../../state/query.ts";
import { facts } from "../../ui/format.ts";
import { genreStyle } from "../../ui/genre.ts";
import { Icon } from "../../ui/Icon.tsx";
import { Glyph } from "../profile/Glyph.tsx";
import { profileOf, type Profile } from "../profile/profile.ts";
import { ProfileTable } from "../profile/ProfileTable.tsx";
import { SearchBox } from "../search/SearchBox.tsx";
import "./mix.css";

interface Props {
  recommender: Recommender;
  query: Query;
  songs: ReadonlyMap<string, Lookup>;
  features: readonly Feature[];
  profile: Profile | null;
}

export function Mix({ recommender, query, songs, features, profile }: Props) {
  return (
    <section className="mix" aria-labelledby="mix-title">
      <h2 id="mix-title">Your mix</h2>
      <ul className="seeds">
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
      <SearchBox
        label="Add another song to the mix"
        placeholder="Add another song"
        onChoose={(song) => {
          change((before) => addSeed(before, String(song.song_id)), "push");
        }}
      />
      {profile !== null && features.length > 0 && (
        <details className="mix-profile" open={wide()}>
          <summary>
            How it sounds <Icon name="chevron" />
          </summary>
          <ProfileTable features={features} profile={profile} />
          <p className="fine">
            0: less than any other song has, 100: more than any other. The bars beside each song show
            the same, and the lines across them mark your mix.
          </p>
        </details>
      )}
    </section>
  );
}

/** Where there is a side column, there is room for the profile. Beyond the first look it is the reader's. */
function wide(): boolean {
  return window.matchMedia("(min-width: 64rem)").matches;
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
