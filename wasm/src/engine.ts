import { errorOfStatus, PulseError } from "./error.js";
import type {
  BundleInfo,
  Compute,
  Recommendations,
  RecommendRequest,
  Song,
  SongDetails,
  SongId,
  SongMap,
} from "./types.js";

/** What wasm/exports.c exports, and Emscripten's view of the memory, which it renews when the memory grows. */
export interface PulseModule {
  readonly HEAPU8: Uint8Array;
  /** Only of the module with threads: any of them may grow the memory, and only it renews its view. */
  readonly wasmMemory?: WebAssembly.Memory;
  /** Only of the module with threads. */
  readonly PThread?: { terminateAllThreads(): void };
  _pulse_bytes_new(size: number): number;
  _pulse_bytes_drop(bytes: number): void;
  _pulse_session_new(): number;
  _pulse_session_close(session: number): void;
  _pulse_session_error(session: number): number;
  _pulse_session_reply(session: number): number;
  _pulse_session_reply_size(session: number): number;
  _pulse_session_add_file(session: number, name: number, data: number, size: number, once: number): number;
  _pulse_session_open(session: number, skipHashes: number, threads: number, compute: number): number;
  _pulse_session_info(session: number): number;
  _pulse_session_song(session: number, id: number): number;
  _pulse_session_map(session: number): number;
  _pulse_session_search(session: number, text: number, limit: number): number;
  _pulse_session_recommend(session: number, request: number, bytes: number): number;
  _pulse_session_prepare_text(session: number): number;
  _pulse_session_encode(session: number, text: number, bytes: number): number;
  _pulse_session_tokenize(session: number, text: number, bytes: number): number;
}

/** What the factory takes; it becomes the module. */
export interface ModuleOptions {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object;
  print(line: string): void;
  printErr(line: string): void;
  /** How many threads, the calling one included. Only for the module with threads. */
  threads?: number;
  /** The address of the factory's own script, which the threads' workers run. Only for the module with threads. */
  mainScriptUrlOrBlob?: string;
}

/** The factory that Emscripten generates. */
export type CreatePulse = (options: ModuleOptions) => Promise<PulseModule>;

/** `pulse_compute` of pulse.h. */
const computes: Readonly<Record<Compute, number>> = { auto: 0, f32: 1, "f32-int8": 2, int16: 4, portable: 5 };

/** The map's coordinates are whole steps: so many make 1. */
const mapSteps = 32767;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A C string cannot hold a NUL, and the core reads what it cannot represent as U+FFFD. */
const withoutNul = (text: string): string => text.replaceAll("\0", "\uFFFD");
const cString = (text: string): Uint8Array => encoder.encode(`${withoutNul(text)}\0`);
/** As it is in UTF-8, which has no lone surrogates: JSON can hold them, and the core's cannot. */
const wellFormed = (text: string): string => decoder.decode(encoder.encode(withoutNul(text)));

const outOfMemory = (): PulseError => new PulseError("memory", "memory is out");

/** Bytes inside the module's memory, to be filled from outside. Do not keep views: memory moves as it grows. */
export interface Block {
  readonly size: number;
  /** Copies `chunk` to `offset`. Throws where it does not fit. */
  write(offset: number, chunk: Uint8Array): void;
  /** The bytes as they are now, valid until anything else is called. */
  view(): Uint8Array;
  /** Frees them, unless they were given to {@link Engine.addFile}. */
  free(): void;
}

/**
 * The C engine of one module instance: strings and buffers in and out of its memory, statuses as
 * {@link PulseError}. Everything here is synchronous.
 */
export class Engine {
  readonly #module: PulseModule;
  /** 0 once closed. */
  #session: number;
  /** Where each block that is not yet the session's lies. */
  readonly #addresses = new WeakMap<Block, number>();

  constructor(module: PulseModule) {
    this.#module = module;
    this.#session = this.#guard(() => module._pulse_session_new());
    if (this.#session === 0) throw outOfMemory();
  }

  /** Room for a file of the bundle. */
  allocate(size: number): Block {
    this.#check();
    // Sizes cross as 32 bits, so a larger one would be cut to a small one.
    const address = size < 2 ** 32 ? this.#guard(() => this.#module._pulse_bytes_new(size)) >>> 0 : 0;
    if (address === 0) throw outOfMemory();
    const view = (): Uint8Array => {
      this.#check();
      if (!this.#addresses.has(block)) throw new PulseError("internal", "these bytes are no longer ours");
      return this.#heap.subarray(address, address + size);
    };
    const block: Block = {
      size,
      view,
      write: (offset, chunk) => {
        view().set(chunk, offset);
      },
      free: () => {
        if (this.#session !== 0 && this.#addresses.delete(block)) this.#module._pulse_bytes_drop(address);
      },
    };
    this.#addresses.set(block, address);
    return block;
  }

  /**
   * Gives the filled block to the engine as the bundle's file of that name.
   *
   * @param once the engine makes its own of it when it opens it, and the block is freed then
   */
  addFile(name: string, block: Block, once = false): void {
    const address = this.#addresses.get(block);
    if (address === undefined) throw new PulseError("internal", "these bytes are no longer ours");
    this.#withBytes(cString(name), (text) => {
      this.#call(() => this.#module._pulse_session_add_file(this.#session, text, address, block.size, once ? 1 : 0));
    });
    this.#addresses.delete(block);
  }

  /**
   * Opens the bundle over the files added.
   *
   * @param skipHashes all of them were checked on the way in, and those added later will have been
   * @param threads how many threads read texts
   */
  open(skipHashes: boolean, threads: number, compute: Compute): void {
    // The caller may not have been checked by a compiler.
    const number = Object.hasOwn(computes, compute) ? computes[compute] : undefined;
    if (number === undefined) throw new PulseError("argument", `there is no way to compute "${compute}"`);
    this.#call(() => this.#module._pulse_session_open(this.#session, skipHashes ? 1 : 0, threads, number));
  }

  info(): BundleInfo {
    this.#call(() => this.#module._pulse_session_info(this.#session));
    return this.#reply() as BundleInfo;
  }

  song(id: SongId): SongDetails {
    this.#withBytes(cString(String(id)), (text) => {
      this.#call(() => this.#module._pulse_session_song(this.#session, text));
    });
    return this.#reply() as SongDetails;
  }

  map(): SongMap {
    this.#call(() => this.#module._pulse_session_map(this.#session));
    const { song_ids, positions } = this.#reply() as { song_ids: SongId[]; positions: number[] };
    return { song_ids, positions: Float32Array.from(positions, (steps) => steps / mapSteps) };
  }

  search(text: string, limit: number): Song[] {
    if (!Number.isInteger(limit) || limit < 0 || limit >= 2 ** 32)
      throw new PulseError("argument", "the limit of a search is a whole number from 0 on");
    this.#withBytes(cString(text), (address) => {
      this.#call(() => this.#module._pulse_session_search(this.#session, address, limit));
    });
    return (this.#reply() as { results: Song[] }).results;
  }

  recommend(request: RecommendRequest): Recommendations {
    const { text } = request;
    // A caller without types may give anything: that is for the core to complain about.
    const whole = typeof text === "string" ? { ...request, text: wellFormed(text) } : request;
    return this.#ask(JSON.stringify(whole), (address, bytes) =>
      this.#module._pulse_session_recommend(this.#session, address, bytes),
    ) as Recommendations;
  }

  /** Opens the lyrics encoder, whose files have been added. */
  prepareText(): void {
    this.#call(() => this.#module._pulse_session_prepare_text(this.#session));
  }

  encode(text: string): Float32Array {
    const reply = this.#ask(text, (address, bytes) =>
      this.#module._pulse_session_encode(this.#session, address, bytes),
    );
    return Float32Array.from((reply as { embedding: number[] }).embedding);
  }

  tokenize(text: string): number[] {
    const reply = this.#ask(text, (address, bytes) =>
      this.#module._pulse_session_tokenize(this.#session, address, bytes),
    );
    return (reply as { ids: number[] }).ids;
  }

  close(): void {
    const session = this.#session;
    this.#session = 0;
    try {
      if (session !== 0)
        this.#guard(() => {
          this.#module._pulse_session_close(session);
        });
    } finally {
      this.#module.PThread?.terminateAllThreads();
    }
  }

  get #heap(): Uint8Array {
    const { HEAPU8, wasmMemory } = this.#module;
    return !wasmMemory || wasmMemory.buffer === HEAPU8.buffer ? HEAPU8 : new Uint8Array(wasmMemory.buffer);
  }

  /** Text of the module's. Copied, because browsers decode no memory that threads share. */
  #text(address: number, size: number): string {
    return decoder.decode(this.#heap.slice(address, address + size));
  }

  /** Asks with a text of any content, which goes with its length. */
  #ask(text: string, question: (address: number, bytes: number) => number): unknown {
    const bytes = encoder.encode(text);
    this.#withBytes(bytes, (address) => {
      this.#call(() => question(address, bytes.length));
    });
    return this.#reply();
  }

  #check(): void {
    if (this.#session === 0) throw new PulseError("aborted", "the recommender is closed");
  }

  /** Runs a call that gives a status, and throws what it says. */
  #call(function_: () => number): void {
    this.#check();
    const status = this.#guard(function_);
    if (status === 0) return;
    const message = this.#module._pulse_session_error(this.#session) >>> 0;
    throw errorOfStatus(status, this.#text(message, this.#heap.indexOf(0, message) - message));
  }

  /** A trap leaves the instance in no known state: it is given up. */
  #guard<T>(function_: () => T): T {
    try {
      return function_();
    } catch (error) {
      this.#session = 0;
      throw new PulseError("internal", `the WebAssembly module failed: ${String(error)}`, { cause: error });
    }
  }

  /** The session's JSON. It is the core's own, so its shape is taken for granted. */
  #reply(): unknown {
    const address = this.#module._pulse_session_reply(this.#session) >>> 0;
    const size = this.#module._pulse_session_reply_size(this.#session) >>> 0;
    return JSON.parse(this.#text(address, size));
  }

  /** Copies bytes into memory for the time of one call. */
  #withBytes(bytes: Uint8Array, use: (address: number) => void): void {
    this.#check();
    const address = this.#guard(() => this.#module._pulse_bytes_new(bytes.length)) >>> 0;
    if (address === 0) throw outOfMemory();
    this.#heap.set(bytes, address);
    try {
      use(address);
    } finally {
      if (this.#session !== 0) this.#module._pulse_bytes_drop(address);
    }
  }
}
