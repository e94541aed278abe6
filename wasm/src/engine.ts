import { errorOfStatus, PulseError } from "./error.js";
import type { BundleInfo, Recommendations, RecommendRequest, Song, SongDetails, SongId } from "./types.js";

/** What wasm/exports.c exports, and Emscripten's view of the memory, which it renews when the memory grows. */
export interface PulseModule {
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
  _pulse_bytes_new(size: number): number;
  _pulse_bytes_drop(bytes: number): void;
  _pulse_session_new(): number;
  _pulse_session_close(session: number): void;
  _pulse_session_error(session: number): number;
  _pulse_session_reply(session: number): number;
  _pulse_session_reply_size(session: number): number;
  _pulse_session_add_file(session: number, name: number, data: number, size: number): number;
  _pulse_session_open(session: number, skipHashes: number): number;
  _pulse_session_info(session: number): number;
  _pulse_session_song(session: number, id: number): number;
  _pulse_session_search(session: number, text: number, limit: number): number;
  _pulse_session_recommend(session: number, request: number, bytes: number): number;
}

/** The factory that Emscripten generates. */
export type CreatePulse = (options: {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object;
  print(line: string): void;
  printErr(line: string): void;
}) => Promise<PulseModule>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A C string cannot hold a NUL, and the core reads what it cannot represent as U+FFFD. */
const cString = (text: string): Uint8Array => encoder.encode(`${text.replaceAll("\0", "\uFFFD")}\0`);

const outOfMemory = (): PulseError => new PulseError("memory", "memory is out");

/** Bytes inside the module's memory, to be filled from outside. Do not keep views: memory moves as it grows. */
export interface Block {
  readonly size: number;
  /** Copies `chunk` to `offset`. Throws where it does not fit. */
  write(offset: number, chunk: Uint8Array): void;
  /** The bytes as they are now, valid until anything else is called. */
  view(): Uint8Array<ArrayBuffer>;
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
    const view = (): Uint8Array<ArrayBuffer> => {
      this.#check();
      if (!this.#addresses.has(block)) throw new PulseError("internal", "these bytes are no longer ours");
      return this.#module.HEAPU8.subarray(address, address + size);
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

  /** Gives the filled block to the engine as the bundle's file of that name. */
  addFile(name: string, block: Block): void {
    const address = this.#addresses.get(block);
    if (address === undefined) throw new PulseError("internal", "these bytes are no longer ours");
    this.#withBytes(cString(name), (text) => {
      this.#call(() => this.#module._pulse_session_add_file(this.#session, text, address, block.size));
    });
    this.#addresses.delete(block);
  }

  /** Opens the bundle over the files added. `skipHashes`: all of them were checked on the way in. */
  open(skipHashes: boolean): void {
    this.#call(() => this.#module._pulse_session_open(this.#session, skipHashes ? 1 : 0));
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

  search(text: string, limit: number): Song[] {
    if (!Number.isInteger(limit) || limit < 0 || limit >= 2 ** 32)
      throw new PulseError("argument", "the limit of a search is a whole number from 0 on");
    this.#withBytes(cString(text), (address) => {
      this.#call(() => this.#module._pulse_session_search(this.#session, address, limit));
    });
    return (this.#reply() as { results: Song[] }).results;
  }

  recommend(request: RecommendRequest): Recommendations {
    const bytes = encoder.encode(JSON.stringify(request));
    this.#withBytes(bytes, (address) => {
      this.#call(() => this.#module._pulse_session_recommend(this.#session, address, bytes.length));
    });
    return this.#reply() as Recommendations;
  }

  close(): void {
    const session = this.#session;
    this.#session = 0;
    if (session !== 0)
      this.#guard(() => {
        this.#module._pulse_session_close(session);
      });
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
    const heap = this.#module.HEAPU8;
    throw errorOfStatus(status, decoder.decode(heap.subarray(message, heap.indexOf(0, message))));
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
    return JSON.parse(decoder.decode(this.#module.HEAPU8.subarray(address, address + size)));
  }

  /** Copies bytes into memory for the time of one call. */
  #withBytes(bytes: Uint8Array, use: (address: number) => void): void {
    this.#check();
    const address = this.#guard(() => this.#module._pulse_bytes_new(bytes.length)) >>> 0;
    if (address === 0) throw outOfMemory();
    this.#module.HEAPU8.set(bytes, address);
    try {
      use(address);
    } finally {
      if (this.#session !== 0) this.#module._pulse_bytes_drop(address);
    }
  }
}
