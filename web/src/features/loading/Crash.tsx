import { Component, type ReactNode } from "react";
import { failure } from "../../engine/failure.ts";
import { FailurePanel } from "./FailurePanel.tsx";

/** What stays on screen when drawing the page itself fails. */
export class Crash extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <main>
        <FailurePanel
          failure={{
            ...failure(this.state.error),
            title: "The page ran into a defect",
            advice: "Loading it again usually helps. If it does not, please report what it said below.",
            retry: true,
          }}
          onRetry={() => {
            window.location.reload();
          }}
        />
      </main>
    );
  }
}
