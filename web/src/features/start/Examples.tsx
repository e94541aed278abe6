import type { Recommender, Song } from "playlistpulse";
import { useEffect, useState } from "react";
import { useSongs } from "../../engine/useSongs.ts";
import { useQuery } from "../../state/location.ts";
import { follow } from "../../state/query.ts";
import { facts } from "../../ui/format.ts";
import { genreStyle } from "../../ui/genre.ts";
import { QueryLink } from "../../ui/QueryLink.tsx";
import { Glyph } from "../profile/Glyph.tsx";
import { profileFeatures, profileOf } from "../profile/profile.ts";
import { EXAMPLES, findExamples } from "./examples.ts";
import "./start.css";

const NOBODY: readonly Song[] = [];

export function Examples({ recommender }: { recommender: Recommender }) {
  const query = useQuery();
  const [songs, setSongs] = useState<readonly Song[]>(NOBODY);
  const details = useSongs(
    recommender,
    songs.map((song) => String(song.song_id)),
  );
  const features = profileFeatures(recommender.info);

  useEffect(() => {
    let current = true;
    findExamples(recommender).then(
      (found) => {
        if (current) setSongs(found);
      },
      () => {
        // Without examples the page is still whole: the search is what counts.
      },
    );
    return () => {
      current = false;
    };
  }, [recommender]);

  return (
    <section className="examples" aria-labelledby="examples-title">
      <h2 id="examples-title">Or with one of these</h2>
      <ul style={{ minBlockSize: songs.length === 0 ? `${EXAMPLES * 3}rem` : undefined }}>
        {songs.map((song) => {
          const detail = details.get(String(song.song_id));
          return (
            <li key={song.song_id} style={genreStyle(recommender.info, song.genre)}>
              <QueryLink className="example" to={follow(query, String(song.song_id))}>
                <Glyph
                  profile={
                    detail && detail !== "unknown"
                      ? profileOf(features, detail.features)
                      : features.map(() => null)
                  }
                />
                <span className="example-title">{song.title}</span>
                <span className="example-artist">{song.artist}</span>
                <span className="example-facts">{facts(song.genre, song.year)}</span>
              </QueryLink>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
