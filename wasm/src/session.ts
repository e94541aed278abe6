import type { Block, Engine } from "./engine.js";
import { asPulseError, PulseError, throwIfAborted } from "./error.js";
import { readManifest, type Manifest, type Shard } from "./manifest.js";
import { moduleBytes } from "./module-bytes.js";
import { startEngine, type CompileModule } from "./module.js";
import type { BundleReader } from "./reader.js";
import { SharedLoad } from "./shared-load.js";
import { chooseThreads, chooseVariants } from "./simd.js";
import type {
  BundleInfo,
  CallOptions,
  CommonOptions,
  Progress,
  Recommendations,
  Recommender,
  RecommendRequest,
  Song,
  SongDetails,
  SongId,
  SongMap,
  Variant,
} from "./types.js";

/** Without these nothing can be recommended. */
const neededRoles = ["catalog", "vectors"];
/** Only a song that is not in the catalogue needs this one: it is fetched then. */
const songRoles = ["autoencoder"];
/** Only the map needs this one. */
const mapRoles = ["map"];
/** Only texts need these. */
const textRoles = ["encoder", "vocab"];
/** The engine joins its shards to one: they need not lie in memory beside that. */
const joinedRole = "encoder";

/** How a loading is going: adds up the parts and reports. */
class Meter {
  readonly #phase: "bundle" | "encoder";
  readonly #report: ((progress: Progress) => void) | undefined;
  readonly #loaded = new Map<string, number>();
  #total = 0;

  constructor(phase: "bundle" | "encoder", report: CommonOptions["onProgress"]) {
    this.#phase = phase;
    this.#report = report;
  }

  module(variant: Variant, loaded: number): void {
    // The count of a module of another size than the package's own (a patched copy) still makes sense.
    const total = moduleBytes[variant];
    this.#report?.({ phase: "module", loaded, total: total === 0 ? 0 : Math.max(total, loaded) });
  }

  expect(bytes: number): void {
    this.#total += bytes;
  }

  shard(name: string, loaded: number): void {
    this.#loaded.set(name, loaded);
    this.#shards(this.#phase);
  }

  opening(): void {
    this.#shards("opening");
  }

  #shards(phase: Progress["phase"]): void {
    let loaded = 0;
    for (const bytes of this.#loaded.values()) loaded += bytes;
    this.#report?.({ phase, loaded, total: this.#total });
  }
}

interface Loaded {
  shard: Shard;
  block: Block;
  checked: boolean;
}

/**
 * Reads shards side by side into the memory of the engine, which may not be there yet. Where one fails the blocks
 * of all are freed, so that it can be tried again.
 */
async function load(
  shards: readonly Shard[],
  engine: Promise<Engine>,
  reader: BundleReader,
  onBytes: (name: string, loaded: number) => void,
  signal: AbortSignal,
): Promise<Loaded[]> {
  // These may fail while nobody waits for them yet, or ever: the failure comes out at `loads`.
  const heard = (): undefined => undefined;
  engine.catch(heard);
  const blocks: Promise<Block>[] = [];
  const loads = shards.map(async (shard) => {
    const block = engine.then((ready) => ready.allocate(shard.bytes));
    block.catch(heard);
    blocks.push(block);
    const report = (loaded: number): void => {
      onBytes(shard.name, loaded);
    };
    const checked = await reader.readShard(shard, block, report, signal);
    return { shard, block: await block, checked };
  });
  try {
    return await Promise.all(loads);
  } catch (error) {
    const free = (block: Block): void => {
      block.free();
    };
    // A read that is still under way finds its block gone, and fails.
    for (const block of blocks) block.then(free, heard);
    throw error;
  }
}

/** What `work` gives, or rejects with what it throws: every call of a recommender is a promise. */
const promised = <T>(work: () => T): Promise<T> =>
  new Promise((resolve) => {
    resolve(work());
  });

/** One opened bundle, in the thread that it runs in. */
export class Session implements Recommender {
  readonly info: BundleInfo;
  readonly variant: Variant;
  readonly threads: number;
  readonly #engine: Engine;
  readonly #reader: BundleReader;
  readonly #manifest: Manifest;
  readonly #mustBeChecked: boolean;
  readonly #songModel: SharedLoad;
  readonly #textModel: SharedLoad;
  readonly #mapFile: SharedLoad;

  private constructor(
    { engine, variant, threads }: Awaited<ReturnType<typeof startEngine>>,
    reader: BundleReader,
    manifest: Manifest,
    mustBeChecked: boolean,
  ) {
    this.#engine = engine;
    this.variant = variant;
    this.threads = threads;
    this.#reader = reader;
    this.#manifest = manifest;
    this.#mustBeChecked = mustBeChecked;
    this.#songModel = new SharedLoad((_, signal) => this.#load(songRoles, () => undefined, signal));
    this.#mapFile = new SharedLoad((_, signal) => this.#load(mapRoles, () => undefined, signal));
    this.#textModel = new SharedLoad((report, signal) => this.#loadText(report, signal));
    this.info = engine.info();
  }

  static async open(
    reader: BundleReader,
    compile: CompileModule,
    options: Omit<CommonOptions, "bundle">,
  ): Promise<Session> {
    const { signal } = options;
    throwIfAborted(signal);
    const threads = chooseThreads(options.threads);
    const variants = chooseVariants(options.simd, threads);
    const meter = new Meter("bundle", options.onProgress);
    // Whatever ends the opening, the caller or a failure, ends all that is under way for it.
    const scope = new AbortController();
    const stop = (): void => {
      scope.abort(signal?.reason);
    };
    signal?.addEventListener("abort", stop, { once: true });

    const starting = startEngine(
      variants,
      threads,
      compile,
      (variant, loaded) => {
        meter.module(variant, loaded);
      },
      scope.signal,
    );
    const loading = (async () => {
      const bytes = await reader.readManifest(scope.signal);
      const manifest = readManifest(bytes, reader.manifestAddress);
      // A role that is missing is for the core to complain about.
      const shards = neededRoles.flatMap((role) => manifest.roles.get(role) ?? []);
      for (const shard of shards) meter.expect(shard.bytes);
      const files = await load(
        shards,
        starting.then(({ engine }) => engine),
        reader,
        (name, loaded) => {
          meter.shard(name, loaded);
        },
        scope.signal,
      );
      return { bytes, manifest, files };
    })();

    try {
      const [started, { bytes, manifest, files }] = await Promise.all([starting, loading]);
      const { engine } = started;
      throwIfAborted(signal);
      meter.opening();
      const checked = files.every((file) => file.checked);
      addManifest(engine, bytes);
      // What comes in several shards the engine joins now: they need not lie in memory beside that.
      const joined = neededRoles.map((role) => manifest.roles.get(role) ?? []).filter(({ length }) => length > 1);
      for (const { shard, block } of files) engine.addFile(shard.name, block, joined.flat().includes(shard));
      engine.open(checked, started.threads, options.compute ?? "auto");
      const session = new Session(started, reader, manifest, checked);
      const names = new Set([...manifest.roles.values()].flatMap((shards) => shards.map(({ name }) => name)));
      await reader.opened(bytes, names);
      throwIfAborted(signal);
      return session;
    } catch (error) {
      scope.abort();
      // It may still be starting, or have failed itself.
      starting.then(
        ({ engine }) => {
          engine.close();
        },
        () => undefined,
      );
      throw signal?.aborted ? new PulseError("aborted", "the call was aborted", { cause: error }) : asPulseError(error);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  search(text: string, limit = 10): Promise<Song[]> {
    return promised(() => this.#engine.search(text, limit));
  }

  async recommend(request: RecommendRequest, options?: CallOptions): Promise<Recommendations> {
    const loads: Promise<void>[] = [];
    if (request.text !== undefined) loads.push(this.prepareText(options));
    else if (request.features !== undefined) loads.push(this.#songModel.wait(options));
    await Promise.all(loads);
    return this.#engine.recommend(request);
  }

  song(id: SongId): Promise<SongDetails> {
    return promised(() => this.#engine.song(id));
  }

  async map(options?: CallOptions): Promise<SongMap> {
    await this.#mapFile.wait(options);
    return this.#engine.map();
  }

  async prepareText(options?: CallOptions): Promise<void> {
    // Without an encoder there is nothing to wait for, and the engine says what is missing.
    if (!this.info.text) this.#engine.prepareText();
    await Promise.all([this.#textModel.wait(options), this.#songModel.wait(options)]);
  }

  async encode(text: string, options?: CallOptions): Promise<Float32Array> {
    await this.prepareText(options);
    return this.#engine.encode(text);
  }

  async tokenize(text: string, options?: CallOptions): Promise<number[]> {
    await this.prepareText(options);
    return this.#engine.tokenize(text);
  }

  close(): void {
    this.#songModel.stop();
    this.#textModel.stop();
    this.#mapFile.stop();
    this.#engine.close();
  }

  async #loadText(report: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
    const meter = new Meter("encoder", report);
    for (const { bytes } of this.#shardsOf(textRoles)) meter.expect(bytes);
    await this.#load(
      textRoles,
      (name, loaded) => {
        meter.shard(name, loaded);
      },
      signal,
    );
    meter.opening();
    this.#engine.prepareText();
  }

  #shardsOf(roles: readonly string[]): Shard[] {
    return roles.flatMap((role) => this.#manifest.roles.get(role) ?? []);
  }

  /** Reads more of the bundle's files, and gives them to the engine. */
  async #load(
    roles: readonly string[],
    onBytes: (name: string, loaded: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const files = await load(this.#shardsOf(roles), Promise.resolve(this.#engine), this.#reader, onBytes, signal);
    // The core was told at the opening that it need not check: what comes later is held to that.
    if (this.#mustBeChecked && !files.every((file) => file.checked))
      throw new PulseError("internal", "a part of the bundle could not be checked");
    const joined = this.#manifest.roles.get(joinedRole);
    for (const { shard, block } of files) this.#engine.addFile(shard.name, block, joined?.includes(shard));
  }
}

function addManifest(engine: Engine, bytes: Uint8Array): void {
  const block = engine.allocate(bytes.length);
  block.write(0, bytes);
  engine.addFile("manifest.json", block);
}
