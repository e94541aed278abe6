import type { Failure } from "../../engine/failure.ts";
import "./loading.css";

export function FailurePanel({ failure, onRetry }: { failure: Failure; onRetry: () => void }) {
  return (
    <section className="panel" role="alert">
      <h2>{failure.title}</h2>
      <p>{failure.advice}</p>
      <p className="panel-detail">
        <code>{failure.code}</code> {failure.detail}
      </p>
      {failure.retry && (
        <button type="button" className="button button--main" onClick={onRetry}>
          Try again
        </button>
      )}
    </section>
  );
}
