import type { Recommender } from "playlistpulse";
import { useSongs } from "../../engine/useSongs.ts";
import type { Query } from "../../state/query.ts";
import { Filters } from "../filters/Filters.tsx";
import { meanProfile, profileFeatures, profileOf } from "../profile/profile.ts";
import { Recommendations } from "../recommendations/Recommendations.tsx";
import { Mix } from "./Mix.tsx";
import { MixProfile } from "./MixProfile.tsx";
import "./mix.css";

/** Once there is a song to go by: the mix and the filters on one side, what belongs with it on the other. */
export function MixPage({ recommender, query }: { recommender: Recommender; query: Query }) {
  const ids = query.seeds.map((seed) => seed.id);
  const songs = useSongs(recommender, ids);
  const features = profileFeatures(recommender.info);

  const liked = query.seeds
    .filter((seed) => seed.direction === "more")
    .map((seed) => songs.get(seed.id))
    .filter((song) => song !== undefined && song !== "unknown")
    .map((song) => profileOf(features, song.features));
  const profile = liked.length > 0 ? meanProfile(liked) : null;

  return (
    <div className="mix-page">
      <div className="mix-side">
        <Mix recommender={recommender} query={query} songs={songs} features={features} />
        {profile !== null && features.length > 0 && (
          <MixProfile features={features} profile={profile} />
        )}
        <Filters info={recommender.info} query={query} />
      </div>
      <Recommendations
        recommender={recommender}
        query={query}
        seeds={songs}
        ready={ids.every((id) => songs.has(id))}
        features={features}
        profile={profile}
      />
    </div>
  );
}
