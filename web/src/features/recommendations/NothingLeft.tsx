import type { RecommendRequest, Recommender } from "playlistpulse";
import { navigate } from "../../state/location.ts";
import { activeFilters, NO_FILTERS, withFilters, type Query } from "../../state/query.ts";
import { whole } from "../../ui/format.ts";
import { useLooser } from "./useLooser.ts";

interface Props {
  recommender: Recommender;
  query: Query;
  request: (query: Query) => RecommendRequest;
}

/** No song passes: say which filter stands in the way, and open it with one press. */
export function NothingLeft({ recommender, query, request }: Props) {
  const label = (name: string) =>
    recommender.info.features.find((feature) => feature.name === name)?.label ?? name;
  const active = activeFilters(query, label);
  const looser = useLooser(recommender, active, (filter) => request(filter.without));

  return (
    <div className="panel" role="status">
      <h2>No song passes these filters</h2>
      {active.length === 0 && <p>There is no other song in this catalogue.</p>}
      {looser !== null && looser.length > 0 && (
        <>
          <p>Taking one of them away is enough:</p>
          <ul className="looser">
            {looser.map(({ filter, songs }) => (
              <li key={filter.key}>
                <button
                  type="button"
                  className="button"
                  onClick={() => {
                    navigate(filter.without, "push");
                  }}
                >
                  Without <strong>{filter.name}</strong>
                  <span className="looser-count">{songs >= 100 ? "100+" : whole(songs)}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {looser !== null && looser.length === 0 && active.length > 0 && (
        <p>No single one of them is the reason: they leave nothing together. Start without any.</p>
      )}
      {active.length > 0 && (
        <button
          type="button"
          className="button button--main"
          onClick={() => {
            navigate(withFilters(query, NO_FILTERS), "push");
          }}
        >
          Reset all filters
        </button>
      )}
    </div>
  );
}
