import type { BundleInfo } from "playlistpulse";
import { useId, useState, type CSSProperties } from "react";
import { fitToBundle } from "../../engine/request.ts";
import { change } from "../../state/location.ts";
import {
  activeFilters,
  NO_FILTERS,
  withFilters,
  type Filters as Values,
  type PerArtist,
  type Query,
} from "../../state/query.ts";
import { whole } from "../../ui/format.ts";
import { genreStyle } from "../../ui/genre.ts";
import { Icon } from "../../ui/Icon.tsx";
import { FeatureFilters } from "./FeatureFilters.tsx";
import { YearFilter } from "./YearFilter.tsx";
import "./filters.css";

const PER_ARTIST: { value: PerArtist; name: string }[] = [
  { value: 1, name: "1" },
  { value: 2, name: "2" },
  { value: 3, name: "3" },
  { value: 0, name: "Any" },
];

export function Filters({ info, query }: { info: BundleInfo; query: Query }) {
  const id = useId();
  // On a phone the filters would push the songs out of sight: there they start closed.
  const [open, setOpen] = useState(false);
  const fitted = fitToBundle(query, info);
  const { filters } = fitted;
  const active = activeFilters(fitted, (name) => name).length + (filters.diversity > 0 ? 1 : 0);
  const set = (values: Partial<Values>) => {
    change((before) => withFilters(before, values), "replace");
  };
  const { year_min: first, year_max: last } = info;

  return (
    <section
      className="filters"
      aria-labelledby={`${id}title`}
      data-open={open ? "" : undefined}
      data-active={active > 0 ? "" : undefined}
    >
      <div className="filters-head">
        <h2 id={`${id}title`}>
          Filters {active > 0 && <span className="badge">{active}</span>}
          {active > 0 && <span className="hidden">in force</span>}
        </h2>
        {active > 0 && (
          <button
            type="button"
            className="link"
            onClick={() => {
              set(NO_FILTERS);
            }}
          >
            Reset
          </button>
        )}
        <button
          type="button"
          className="filters-toggle"
          aria-expanded={open}
          aria-controls={`${id}body`}
          onClick={() => {
            setOpen(!open);
          }}
        >
          <span className="hidden">{open ? "Hide" : "Show"}</span>
          <Icon name="chevron" />
        </button>
      </div>
      <div id={`${id}body`} className="filters-body">
        {info.genres.length > 0 && (
          <fieldset className="filter">
            <legend>Genres</legend>
            <div className="genres">
              {info.genres.map((genre) => (
                <label key={genre.name} className="genre" style={genreStyle(info, genre.name)}>
                  <input
                    type="checkbox"
                    checked={filters.genres.includes(genre.name)}
                    onChange={(event) => {
                      const others = filters.genres.filter((name) => name !== genre.name);
                      set({ genres: event.target.checked ? [...others, genre.name] : others });
                    }}
                  />
                  <span className="dot" aria-hidden="true" />
                  {genre.name}
                  <span className="genre-count">{whole(genre.songs)}</span>
                </label>
              ))}
            </div>
          </fieldset>
        )}
        {first !== null && last !== null && first > 0 && last > first && (
          <YearFilter
            bounds={{ min: first, max: last }}
            years={filters.years}
            onChange={(years) => {
              set({ years });
            }}
          />
        )}
        <fieldset className="filter">
          <legend>Songs per artist</legend>
          <div className="segments">
            {PER_ARTIST.map(({ value, name }) => (
              <label key={value}>
                <input
                  type="radio"
                  name={`${id}per-artist`}
                  checked={filters.perArtist === value}
                  onChange={() => {
                    set({ perArtist: value });
                  }}
                />
                {name}
              </label>
            ))}
          </div>
          <label className="switch">
            <input
              type="checkbox"
              role="switch"
              checked={filters.excludeSeedArtists}
              onChange={(event) => {
                set({ excludeSeedArtists: event.target.checked });
              }}
            />
            <span className="switch-track" aria-hidden="true" />
            Only other artists
          </label>
        </fieldset>
        <div className="filter">
          <label className="filter-label" htmlFor={`${id}diversity`}>
            Variety
          </label>
          <input
            id={`${id}diversity`}
            className="slider"
            type="range"
            min={0}
            max={100}
            step={5}
            value={Math.round(filters.diversity * 100)}
            style={{ "--high": `${filters.diversity * 100}%` } as CSSProperties}
            aria-valuetext={variety(filters.diversity)}
            onChange={(event) => {
              set({ diversity: Number(event.target.value) / 100 });
            }}
          />
          <div className="feature-ends" aria-hidden="true">
            <span>closest songs</span>
            <span>unlike each other</span>
          </div>
        </div>
        <FeatureFilters info={info} filters={filters} />
      </div>
    </section>
  );
}

function variety(value: number): string {
  return value === 0 ? "closest songs only" : `${Math.round(value * 100)} percent variety`;
}
