import type { Feature } from "playlistpulse";
import { Icon } from "../../ui/Icon.tsx";
import type { Profile } from "../profile/profile.ts";
import { ProfileTable } from "../profile/ProfileTable.tsx";

/** What the mix sounds like, with names and numbers. */
export function MixProfile({ features, profile }: { features: readonly Feature[]; profile: Profile }) {
  return (
    <details className="mix-profile" open={wide()}>
      <summary>
        How it sounds <Icon name="chevron" />
      </summary>
      <ProfileTable features={features} profile={profile} />
      <p className="fine">
        0: less than any other song has, 100: more than any other. The bars beside each song show the
        same, and the lines across them mark your mix.
      </p>
    </details>
  );
}

/** Where there is a side column, there is room for the profile. Beyond the first look it is the reader's. */
function wide(): boolean {
  return window.matchMedia("(min-width: 64rem)").matches;
}
