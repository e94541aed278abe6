import { megabytes } from "../../ui/format.ts";
import { FailurePanel } from "../loading/FailurePanel.tsx";
import { Levels } from "../loading/Levels.tsx";
import type { Reader } from "./useReader.ts";
import "./words.css";

/** While words cannot be read yet: how far it is, or what went wrong. */
export function ReaderPanel({ reader }: { reader: Reader }) {
  const { state, cancel, retry } = reader;
  if (state.status === "ready") return null;
  if (state.status === "failed") return <FailurePanel failure={state.failure} onRetry={retry} />;
  if (state.status === "stopped") {
    return (
      <section className="panel" role="status">
        <h2>Your words were not read</h2>
        <p>Fetching the reader was cancelled. What has already arrived is kept.</p>
        <button type="button" className="button button--main" onClick={retry}>
          Fetch the reader
        </button>
      </section>
    );
  }
  const { progress } = state;
  const part = progress && progress.total > 0 ? Math.min(1, progress.loaded / progress.total) : 0;
  return (
    <section className="loading reader" aria-label="Learning to read">
      <Levels part={part} label="Fetching the reader" />
      <p>
        <strong>Fetching the reader</strong>{" "}
        {progress && progress.total > 0 && (
          <span className="reader-amount">
            {part < 1 ? `${megabytes(progress.loaded)} of ${megabytes(progress.total)}` : "opening"}
          </span>
        )}
      </p>
      <p className="loading-note">
        A small language model, fetched once and kept. It reads on this device: your words are sent
        to nobody.
      </p>
      <button type="button" className="button" onClick={cancel}>
        Cancel
      </button>
    </section>
  );
}
