import type { BundleInfo, RecommendRequest } from "playlistpulse";
import type { Query } from "../state/query.ts";

export type SongId = number | string;

/** Addresses hold text; a catalogue's identifiers are numbers or text. */
export function songId(info: BundleInfo, text: string): SongId {
  const value = Number(text);
  return info.integer_ids && Number.isSafeInteger(value) && String(value) === text ? value : text;
}

/** A link made with another bundle may name genres and features that this one lacks. */
export function fitToBundle(query: Query, info: BundleInfo): Query {
  const genres = new Set(info.genres.map((genre) => genre.name));
  const features = new Set(info.features.map((feature) => feature.name));
  return {
    ...query,
    words: info.text ? query.words : "",
    filters: {
      ...query.filters,
      genres: query.filters.genres.filter((genre) => genres.has(genre)),
      ranges: Object.fromEntries(
        Object.entries(query.filters.ranges).filter(([name]) => features.has(name)),
      ),
    },
  };
}

/** What to ask the engine for. `known`: the seeds that are in the catalogue. */
export function toRequest(
  query: Query,
  info: BundleInfo,
  known: (id: string) => boolean,
): RecommendRequest {
  const { filters, words } = fitToBundle(query, info);
  const wanted: NonNullable<RecommendRequest["filters"]> = {};
  if (filters.genres.length > 0) wanted.genres = [...filters.genres];
  if (filters.years.min !== null) wanted.year_min = filters.years.min;
  if (filters.years.max !== null) wanted.year_max = filters.years.max;
  const ranges: Record<string, [number, number]> = {};
  for (const feature of info.features) {
    const range = filters.ranges[feature.name];
    if (range) ranges[feature.name] = [range.min ?? feature.min, range.max ?? feature.max];
  }
  if (Object.keys(ranges).length > 0) wanted.features = ranges;
  const request: RecommendRequest = {
    seeds: query.seeds
      .filter((seed) => known(seed.id))
      .map((seed) => ({
        song_id: songId(info, seed.id),
        weight: seed.direction === "more" ? 1 : -1,
      })),
    k: query.count,
  };
  if (words !== "") request.text = words;
  if (filters.excludeSeedArtists) request.exclude_seed_artists = true;
  if (filters.perArtist > 0) request.max_per_artist = filters.perArtist;
  if (filters.diversity > 0) request.diversity = filters.diversity;
  if (Object.keys(wanted).length > 0) request.filters = wanted;
  return request;
}
