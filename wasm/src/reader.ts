import type { Block } from "./engine.js";
import type { Shard } from "./manifest.js";

/** Where a bundle is read from: HTTP (fetch.ts) or a directory (node.ts). */
export interface BundleReader {
  /** The manifest's address, for messages. */
  readonly manifestAddress: string;
  readManifest(signal: AbortSignal): Promise<Uint8Array>;
  /**
   * Fills the block, which is of the shard's size, with the shard. Reading may begin before there is a block.
   *
   * @param onBytes told how many bytes of the shard are there, whenever that changes
   * @returns whether the bytes were checked against the shard's SHA-256
   */
  readShard(
    shard: Shard,
    block: Promise<Block>,
    onBytes: (loaded: number) => void,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** The bundle has opened, with these files named in its manifest: leftovers of older ones can go. */
  opened(manifest: Uint8Array, names: ReadonlySet<string>): Promise<void>;
}

/** Whether the bytes have that SHA-256; `undefined` where there is no `crypto.subtle`: on http: pages. */
export async function hasHash(bytes: Uint8Array, sha256: string): Promise<boolean | undefined> {
  // The DOM's types say that both are always there.
  const subtle = (globalThis as { crypto?: { subtle?: SubtleCrypto } }).crypto?.subtle;
  if (!subtle) return undefined;
  // Memory that threads share could change meanwhile, so it is not taken.
  const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
  const digest = new Uint8Array(await subtle.digest("SHA-256", own));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === sha256;
}
