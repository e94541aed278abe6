import type { BundleInfo } from "playlistpulse";
import { useState, type ReactNode } from "react";
import { change } from "../../state/location.ts";
import { EMPTY, withWords } from "../../state/query.ts";
import { whole } from "../../ui/format.ts";
import { QueryLink } from "../../ui/QueryLink.tsx";
import { WordsForm } from "../words/WordsForm.tsx";
import "./start.css";

type Way = "song" | "words";

const WAYS: { way: Way; name: string }[] = [
  { way: "song", name: "A song" },
  { way: "words", name: "Words or lyrics" },
];

const LINES: Record<Way, string> = {
  song: "belong with it, and why.",
  words: "are about that.",
};

const EXAMPLES = ["waiting at home for a letter", "we dance until the sun comes up", "soldiers far from their mothers"];

function years(info: BundleInfo): string {
  return info.year_min !== null && info.year_max !== null && info.year_min > 0
    ? ` from ${info.year_min} to ${info.year_max}`
    : "";
}

/** `info` is null while the songs are on their way. `children`: the search for a song. */
export function Hero({ info, children }: { info: BundleInfo | null; children: ReactNode }) {
  const [chosen, setChosen] = useState<Way>("song");
  const reads = info?.text ?? false;
  const way = reads ? chosen : "song";
  return (
    <div className="hero">
      <h1>{way === "song" ? "Start with a song." : "Say what it is about."}</h1>
      <p className="hero-line">
        {info
          ? `See which of ${whole(info.songs)} songs${years(info)} ${LINES[way]}`
          : `See which songs ${LINES[way]}`}
      </p>
      {reads && (
        <div className="segments ways" role="group" aria-label="What to start with">
          {WAYS.map(({ way: each, name }) => (
            <button
              key={each}
              type="button"
              aria-pressed={way === each}
              onClick={() => {
                setChosen(each);
              }}
            >
              {name}
            </button>
          ))}
        </div>
      )}
      {way === "song" ? (
        children
      ) : (
        <>
          <WordsForm
            action="Find songs"
            note="Read on this device, and sent to nobody."
            focus
            onSubmit={(words) => {
              change((before) => withWords(before, words), "push");
            }}
          />
          <p className="ways-examples">
            {EXAMPLES.map((words) => (
              <QueryLink key={words} className="button button--small" to={withWords(EMPTY, words)}>
                {words}
              </QueryLink>
            ))}
          </p>
        </>
      )}
    </div>
  );
}
