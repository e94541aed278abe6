import type { Block, Engine } from "./engine.js";
import { asPulseError, PulseError, throwIfAborted } from "./error.js";
import { readManifest, type Manifest, type Shard } from "./manifest.js";
import { moduleBytes } from "./module-bytes.js";
import { startEngine, type CompileModule } from "./module.js";
import type { BundleReader } from "./reader.js";
import { chooseVariants } from "./simd.js";
import type {
  BundleInfo,
  CommonOptions,
  Progress,
  Recommendations,
  RecommendRequest,
  Song,
  SongDetails,
  SongId,
  Variant,
} from "./types.js";

/** Without these nothing can be recommended. */
const neededRoles = ["catalog", "vectors"];
/** Only a song that is not in the catalogue needs this one: it is fetched then. */
const embeddingRole = "autoencoder";

/** How `open` is going: adds up the parts and reports. */
class Meter {
  readonly #report: ((progress: Progress) => void) | undefined;
  readonly #loaded = new Map<string, number>();
  #total = 0;

  constructor(report: CommonOptions["onProgress"]) {
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
    this.#bundle("bundle");
  }

  opening(): void {
    this.#bundle("opening");
  }

  #bundle(phase: "bundle" | "opening"): void {
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

/** One opened bundle, in the thread that it runs in. */
export class Session {
  readonly info: BundleInfo;
  readonly variant: Variant;
  readonly #engine: Engine;
  readonly #reader: BundleReader;
  readonly #manifest: Manifest;
  readonly #mustBeChecked: boolean;
  readonly #scope: AbortController;
  #embedding: Promise<void> | undefined;

  private constructor(
    engine: Engine,
    variant: Variant,
    reader: BundleReader,
    manifest: Manifest,
    mustBeChecked: boolean,
    scope: AbortController,
  ) {
    this.#engine = engine;
    this.variant = variant;
    this.#reader = reader;
    this.#manifest = manifest;
    this.#mustBeChecked = mustBeChecked;
    this.#scope = scope;
    this.info = engine.info();
  }

  static async open(
    reader: BundleReader,
    compile: CompileModule,
    options: Pick<CommonOptions, "onProgress" | "signal" | "simd">,
  ): Promise<Session> {
    const { signal } = options;
    throwIfAborted(signal);
    const variants = chooseVariants(options.simd);
    const meter = new Meter(options.onProgress);
    // Whatever ends the opening, the caller or a failure, ends all that is under way for it.
    const scope = new AbortController();
    const stop = (): void => {
      scope.abort(signal?.reason);
    };
    signal?.addEventListener("abort", stop, { once: true });

    const starting = startEngine(
      variants,
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
      const [{ engine, variant }, { bytes, manifest, files }] = await Promise.all([starting, loading]);
      throwIfAborted(signal);
      meter.opening();
      const checked = files.every((file) => file.checked);
      addManifest(engine, bytes);
      for (const { shard, block } of files) engine.addFile(shard.name, block);
      engine.open(checked);
      const session = new Session(engine, variant, reader, manifest, checked, scope);
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

  search(text: string, limit = 10): Song[] {
    return this.#engine.search(text, limit);
  }

  async recommend(request: RecommendRequest): Promise<Recommendations> {
    if (request.features !== undefined) {
      this.#embedding ??= this.#loadEmbedding().catch((error: unknown) => {
        this.#embedding = undefined; // the next request tries again
        throw error;
      });
      await this.#embedding;
    }
    return this.#engine.recommend(request);
  }

  song(id: SongId): SongDetails {
    return this.#engine.song(id);
  }

  close(): void {
    this.#scope.abort();
    this.#engine.close();
  }

  async #loadEmbedding(): Promise<void> {
    const shards = this.#manifest.roles.get(embeddingRole) ?? [];
    const files = await load(shards, Promise.resolve(this.#engine), this.#reader, () => undefined, this.#scope.signal);
    // The core was told at the opening that it need not check: what comes later is held to that.
    if (this.#mustBeChecked && !files.every((file) => file.checked))
      throw new PulseError("internal", "the autoencoder could not be checked");
    for (const { shard, block } of files) this.#engine.addFile(shard.name, block);
  }
}

function addManifest(engine: Engine, bytes: Uint8Array): void {
  const block = engine.allocate(bytes.length);
  block.write(0, bytes);
  engine.addFile("manifest.json", block);
}
