import type { BundleInfo, Recommended } from "playlistpulse";
import { addSeed, follow, type Query } from "../../state/query.ts";
import { facts } from "../../ui/format.ts";
import { genreStyle } from "../../ui/genre.ts";
import { Icon } from "../../ui/Icon.tsx";
import { QueryLink } from "../../ui/QueryLink.tsx";
import { Glyph } from "../profile/Glyph.tsx";
import type { Profile } from "../profile/profile.ts";

interface Props {
  rank: number;
  song: Recommended;
  info: BundleInfo;
  query: Query;
  profile: Profile;
  against: Profile | undefined;
}

export function ResultRow({ rank, song, info, query, profile, against }: Props) {
  const id = String(song.song_id);
  const score = song.score.toFixed(2);
  return (
    <li className="result" style={genreStyle(info, song.genre)} data-song-id={id}>
      <span className="result-rank" aria-hidden="true">
        {rank}
      </span>
      <Glyph profile={profile} against={against} />
      <div className="result-song">
        <h2 className="result-title">{song.title}</h2>
        <p className="result-artist">{song.artist}</p>
        <p className="result-facts">
          <span className="dot" aria-hidden="true" />
          {facts(song.genre, song.year)}
        </p>
      </div>
      <ul className="why" aria-label="Why">
        {song.why.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <p className="score">
        <span className="score-bar" aria-hidden="true">
          <span style={{ inlineSize: `${Math.max(0, Math.min(1, song.score)) * 100}%` }} />
        </span>
        <span className="hidden">Score </span>
        <span className="score-value">{score}</span>
      </p>
      <div className="result-actions">
        <QueryLink
          className="button button--small"
          to={follow(query, id)}
          aria-label={`More like this: ${song.title} by ${song.artist}`}
        >
          More like this <Icon name="arrow" />
        </QueryLink>
        <QueryLink
          className="button button--small"
          to={addSeed(query, id)}
          aria-label={`Add ${song.title} by ${song.artist} to the mix`}
        >
          <Icon name="plus" /> Add
        </QueryLink>
      </div>
    </li>
  );
}
