/** Identifies a song: as in the data the bundle was made from, a number where all are integers. */
export type SongId = number | string;

/** A song as a person sees it. */
export interface Song {
  song_id: SongId;
  title: string;
  artist: string;
  /** `null`: unknown. */
  genre: string | null;
  /** `null`: unknown. */
  year: number | null;
}

/** A song that belongs with the seeds. */
export interface Recommended extends Song {
  /** Product of the request and the song's vector, -1 to 1: their cosine, less for a song of which less is known. */
  score: number;
  /** What it shares most with the seeds, in a listener's words, strongest first. */
  why: string[];
}

/**
 * A song to start from, named by its id or its title. A negative weight asks for less like it; 1 when
 * left out.
 */
export type Seed = { song_id: SongId; weight?: number } | { title: string; artist?: string; weight?: number };

/** What to recommend. Needs a seed, `features` or `text`; everything else may be left out. */
export interface RecommendRequest {
  seeds?: Seed[];
  /**
   * A song that is not in the catalogue: raw values by feature name (see {@link BundleInfo.features}), and
   * `genre` and `year`. The first such request loads the model that places it.
   */
  features?: Record<string, number | boolean | string | readonly string[]>;
  /**
   * Lyrics of a song that is not in the catalogue, or a description in a listener's words; beside `features` it is
   * the same song's. The first such request loads the lyrics encoder: see {@link Recommender.prepareText}.
   */
  text?: string;
  /** How many songs, 10 when left out. Fewer come back only when no candidate is left. */
  k?: number;
  /** Songs never to return. */
  exclude?: SongId[];
  /** Leave out every song by an artist of a seed. */
  exclude_seed_artists?: boolean;
  /** At most so many songs by one artist; 0, as when left out: any number. */
  max_per_artist?: number;
  /** From 0, by score alone, to 1, as unlike each other as can be. */
  diversity?: number;
  /** Keep live recordings, remasters and edits of one song apart, instead of returning the best only. */
  keep_versions?: boolean;
  filters?: {
    /** Songs of one of these genres. */
    genres?: string[];
    /** With a bound, songs of unknown year are left out. */
    year_min?: number;
    year_max?: number;
    /** Songs whose feature is known and within [minimum, maximum], by feature name. */
    features?: Record<string, [number, number]>;
  };
}

export interface Recommendations {
  /** The seeds, as they were found in the catalogue. */
  seeds: Song[];
  /** Best first. */
  results: Recommended[];
}

/** A numerical property of songs. */
export interface Feature {
  /** As in the source data, and in requests. */
  name: string;
  /** The group it goes missing with: "audio". */
  modality: string;
  /** For people. */
  label: string;
  /** "BPM", "dB", "ms", or "". */
  unit: string;
  /** What a listener calls a small value, or "". */
  low: string;
  /** What a listener calls a large value, or "". */
  high: string;
  min: number;
  max: number;
  /** Minimum, 10 % to 90 % in steps of 10, maximum over the catalogue: 11 numbers. */
  quantiles: number[];
}

/** What is in a bundle. */
export interface BundleInfo {
  songs: number;
  artists: number;
  /** Width of a song's vector. */
  dimensions: number;
  /** `null` where no song has a year. */
  year_min: number | null;
  year_max: number | null;
  genres: { name: string; songs: number }[];
  features: Feature[];
  /** Song ids are numbers. */
  integer_ids: boolean;
  /** There is a lyrics encoder in the bundle: `text`, `encode` and `prepareText` work. */
  text: boolean;
  /** There is a map in the bundle: `map` works. */
  map: boolean;
  /** The bundle's manifest: where the data is from, its licence, how good the model is. */
  manifest: unknown;
}

/** A song with its raw feature values by name; `null`: unknown. */
export interface SongDetails extends Song {
  features: Record<string, number | null>;
}

/** Where every song lies in the plane, near the songs that it is most like. */
export interface SongMap {
  /** Every song of the bundle, each once. */
  song_ids: SongId[];
  /** x, to the right, and y, up, of each of them in turn: twice as many numbers as songs, from -1 to 1. */
  positions: Float32Array;
}

/**
 * How far loading is, in bytes. While opening, "module" and "bundle" load at the same time, so their reports
 * interleave; when a text is first used, "encoder" loads. Each only grows, except when a download is tried again.
 * "opening" comes last, once.
 */
export interface Progress {
  phase: "module" | "bundle" | "encoder" | "opening";
  loaded: number;
  /** 0 while not known. */
  total: number;
}

/**
 * Which module runs: with fixed-width SIMD, with relaxed SIMD too, or with fixed-width SIMD and threads. All give the
 * same answers.
 */
export type Variant = "plain" | "relaxed" | "threads";

/**
 * How the lyrics encoder multiplies; all give the same vectors but for small errors. "auto": the fastest here, by a short
 * probe. "portable": the same way everywhere, and in the program.
 */
export type Compute = "auto" | "portable" | "f32" | "f32-int8" | "int16";

/** Options of `open` everywhere. */
export interface CommonOptions {
  /** The directory that holds `manifest.json`: a URL, in Node also a path. */
  bundle: string | URL;
  onProgress?(progress: Progress): void;
  /** Gives up: `open` then rejects with code "aborted". Without effect once `open` has resolved. */
  signal?: AbortSignal;
  /**
   * "auto", when left out: threads on a page that is cross-origin isolated, else relaxed SIMD where there is such a
   * thing, else plain. Another is the only one tried: "no-simd" or "unsupported" where it cannot run.
   */
  simd?: "auto" | Variant;
  /**
   * How many threads read texts, 1 to 32, where there can be threads at all. When left out: as many as the processor
   * has, at most 4.
   */
  threads?: number;
  /** "auto" when left out. */
  compute?: Compute;
}

/** Options of calls that may have to load something first. */
export interface CallOptions {
  /** Told how the loading goes. Not called where nothing is left to load. */
  onProgress?(progress: Progress): void;
  /** Gives up: the call rejects with code "aborted". What was loading stops, unless another call waits for it. */
  signal?: AbortSignal;
}

/** An opened bundle. Every call rejects with a `PulseError` when it fails. */
export interface Recommender {
  readonly info: BundleInfo;
  readonly variant: Variant;
  /** How many threads read texts; 1 but for the variant "threads". */
  readonly threads: number;
  /**
   * Songs for what was typed so far, best first: its words in title and artist in any order, the last one as
   * a prefix; words of five letters or more may have one typing mistake.
   *
   * @param limit at most so many; 10 when left out
   */
  search(text: string, limit?: number): Promise<Song[]>;
  /** The songs that belong most with the seeds, or with what is described. Seeds are never among them. */
  recommend(request: RecommendRequest, options?: CallOptions): Promise<Recommendations>;
  /** One song with its features. Rejects with code "not-found" for an unknown id. */
  song(id: SongId): Promise<SongDetails>;
  /**
   * The map of all songs: four bytes a song, which the first call loads. Rejects with code "unsupported" where the
   * bundle has none.
   */
  map(options?: CallOptions): Promise<SongMap>;
  /**
   * Loads and opens the lyrics encoder, tens of megabytes, which `recommend` with a `text`, `encode` and `tokenize`
   * otherwise do when they first need it. Calls that are made meanwhile share the one load; one that failed is tried
   * again by the next call. Rejects with code "unsupported" where the bundle has none.
   */
  prepareText(options?: CallOptions): Promise<void>;
  /**
   * The text as it stands through the lyrics encoder: a vector of unit length. Texts of over 128 tokens get the mean
   * of windows of that length.
   */
  encode(text: string, options?: CallOptions): Promise<Float32Array>;
  /** The text's tokens as the encoder reads them, by their numbers in its vocabulary. */
  tokenize(text: string, options?: CallOptions): Promise<number[]>;
  /** Frees everything. Calls that are under way, and later ones, reject with code "aborted". */
  close(): void;
}
