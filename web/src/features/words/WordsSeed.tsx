import { useState } from "react";
import { change } from "../../state/location.ts";
import { withWords, type Query } from "../../state/query.ts";
import { Icon } from "../../ui/Icon.tsx";
import { WordsForm } from "./WordsForm.tsx";

/** The mix's words: shown, changed and taken away; or, where there are none, the way to add some. */
export function WordsSeed({ query }: { query: Query }) {
  const [editing, setEditing] = useState(false);
  const close = () => {
    setEditing(false);
  };
  if (editing) {
    return (
      <WordsForm
        key={query.words}
        words={query.words}
        action={query.words === "" ? "Add" : "Change"}
        focus
        onCancel={close}
        onSubmit={(words) => {
          close();
          change((before) => withWords(before, words), "push");
        }}
      />
    );
  }
  const edit = () => {
    setEditing(true);
  };
  if (query.words === "") {
    return (
      <button type="button" className="link words-add" onClick={edit}>
        Add words or lyrics
      </button>
    );
  }
  return (
    <div className="seed seed--words">
      <blockquote className="seed-words">{query.words}</blockquote>
      <button
        type="button"
        className="round"
        aria-label="Remove the words from the mix"
        onClick={() => {
          change((before) => withWords(before, ""), "push");
        }}
      >
        <Icon name="close" />
      </button>
      <button type="button" className="button button--small" onClick={edit}>
        Change the words
      </button>
    </div>
  );
}
