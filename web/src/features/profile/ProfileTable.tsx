import type { Feature } from "playlistpulse";
import { sentence } from "../../ui/format.ts";
import type { Profile } from "./profile.ts";
import "./profile.css";

/** A profile with its names and numbers: what the small drawings beside the results mean. */
export function ProfileTable({ features, profile }: { features: readonly Feature[]; profile: Profile }) {
  return (
    <dl className="profile">
      {features.map((feature, place) => {
        const value = profile[place] ?? null;
        return (
          <div key={feature.name} className="profile-row">
            <dt>{sentence(feature.label)}</dt>
            <dd>
              <span className="profile-bar" aria-hidden="true">
                {value !== null && <span style={{ inlineSize: `${value * 100}%` }} />}
              </span>
              <span className="profile-value">
                {value === null ? "–" : Math.round(value * 100)}
                <span className="hidden">
                  {value === null ? "not known" : " out of 100 songs have less"}
                </span>
              </span>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
