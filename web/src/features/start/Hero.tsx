import type { BundleInfo } from "playlistpulse";
import type { ReactNode } from "react";
import { whole } from "../../ui/format.ts";
import "./start.css";

function years(info: BundleInfo): string {
  return info.year_min !== null && info.year_max !== null && info.year_min > 0
    ? ` from ${info.year_min} to ${info.year_max}`
    : "";
}

export function Hero({ info, children }: { info: BundleInfo | null; children: ReactNode }) {
  return (
    <div className="hero">
      <h1>Start with a song.</h1>
      <p className="hero-line">
        {info
          ? `See which of ${whole(info.songs)} songs${years(info)} belong with it, and why.`
          : "See which songs belong with it, and why."}
      </p>
      {children}
    </div>
  );
}
