import type { Progress } from "playlistpulse";
import { megabytes } from "../../ui/format.ts";
import { Levels } from "./Levels.tsx";
import "./loading.css";

type Phase = Exclude<Progress["phase"], "encoder">;

const PHASES: { phase: Phase; name: string }[] = [
  { phase: "module", name: "The engine" },
  { phase: "bundle", name: "The songs" },
  { phase: "opening", name: "Opening" },
];

interface Props {
  progress: Partial<Record<Phase, Progress>>;
  onCancel: () => void;
}

function share(step: Progress | undefined): number {
  return step && step.total > 0 ? Math.min(1, step.loaded / step.total) : 0;
}

function amount(phase: Phase, step: Progress | undefined): string {
  if (step === undefined) return "waiting";
  if (phase === "opening") return share(step) >= 1 ? "done" : "under way";
  if (step.total === 0) return megabytes(step.loaded);
  return `${megabytes(step.loaded)} of ${megabytes(step.total)}`;
}

export function LoadingPanel({ progress, onCancel }: Props) {
  const steps = PHASES.map(({ phase }) => progress[phase]);
  const total = steps.reduce((sum, step) => sum + (step?.total ?? 0), 0);
  const loaded = steps.reduce((sum, step) => sum + (step?.loaded ?? 0), 0);
  // Before the bundle has said how large it is, the engine's share alone would look like the whole.
  const part = progress.bundle && total > 0 ? Math.min(1, loaded / total) : share(progress.module) * 0.05;

  return (
    <section className="loading" aria-label="Loading">
      <Levels part={part} label="Loading the songs" />
      <dl className="loading-steps">
        {PHASES.map(({ phase, name }, place) => (
          <div key={phase} data-done={share(steps[place]) >= 1 ? "" : undefined}>
            <dt>{name}</dt>
            <dd>{amount(phase, steps[place])}</dd>
          </div>
        ))}
      </dl>
      <p className="loading-note">
        Once the songs are here, everything happens on this device, and the next visit starts from
        this one’s copy.
      </p>
      <button type="button" className="button" onClick={onCancel}>
        Cancel
      </button>
    </section>
  );
}

export function StoppedPanel({ onRetry }: { onRetry: () => void }) {
  return (
    <section className="panel" role="status">
      <h2>Loading was cancelled</h2>
      <p>Without the songs there is nothing to search. What has already arrived is kept.</p>
      <button type="button" className="button button--main" onClick={onRetry}>
        Load the songs
      </button>
    </section>
  );
}
