import type { Song } from "playlistpulse";
import { useEffect, useId, useRef, useState } from "react";
import { useEngine, useRecommender } from "../../engine/engine.ts";
import { count, facts } from "../../ui/format.ts";
import { genreStyle } from "../../ui/genre.ts";
import { Icon } from "../../ui/Icon.tsx";
import { useCombobox } from "./useCombobox.ts";
import { useSuggestions, type Suggestions } from "./useSuggestions.ts";
import "./search.css";

interface Props {
  label: string;
  placeholder: string;
  /** The page's main search: "/" goes there. */
  primary?: boolean;
  onChoose: (song: Song) => void;
}

export function SearchBox({ label, placeholder, primary = false, onChoose }: Props) {
  const recommender = useRecommender();
  const { state } = useEngine();
  const [text, setText] = useState("");
  const suggestions = useSuggestions(recommender, text);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const inputId = useId();

  const box = useCombobox({
    items: suggestions.songs,
    text,
    setText,
    onChoose: (song) => {
      setText("");
      onChoose(song);
    },
  });

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [box.active]);

  const waiting = text.trim() !== "" && recommender === null;
  const answered = suggestions.text === text.trim() && suggestions.text !== "";
  const info = recommender?.info;

  return (
    <div className={primary ? "search search--primary" : "search"}>
      <label className="hidden" htmlFor={inputId}>
        {label}
      </label>
      <div className="search-field">
        <Icon name="search" />
        <input
          {...box.inputProps}
          ref={input}
          id={inputId}
          type="text"
          inputMode="search"
          enterKeyHint="search"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          placeholder={placeholder}
          data-primary-search={primary ? "" : undefined}
        />
        {text !== "" ? (
          <button
            type="button"
            className="search-clear"
            aria-label="Clear the search"
            onClick={() => {
              setText("");
              input.current?.focus();
            }}
          >
            <Icon name="close" />
          </button>
        ) : (
          primary && (
            <kbd className="search-key" title="Press / to search">
              /
            </kbd>
          )
        )}
      </div>
      <div className="search-popup" hidden={!box.open || (!waiting && suggestions.text === "")}>
        <ul {...box.listProps} ref={list} aria-label="Songs" hidden={!box.expanded}>
          {suggestions.songs.map((song, place) => (
            // The field has the keyboard: see useCombobox.
             
            <li
              key={song.song_id}
              {...box.optionProps(song, place)}
              style={info ? genreStyle(info, song.genre) : undefined}
            >
              <span className="search-title">{song.title}</span>
              <span className="search-artist">{song.artist}</span>
              <span className="search-facts">
                <span className="dot" aria-hidden="true" />
                {facts(song.genre, song.year)}
              </span>
            </li>
          ))}
        </ul>
        {waiting && state.status === "loading" && (
          <p className="search-note">The songs are still on their way. Keep typing.</p>
        )}
        {waiting && state.status !== "loading" && (
          <p className="search-note">The songs are not loaded, so there is nothing to search yet.</p>
        )}
        {!waiting && suggestions.songs.length === 0 && <NothingFound suggestions={suggestions} />}
      </div>
      <p className="hidden" role="status">
        {box.open && answered && announcement(suggestions)}
      </p>
    </div>
  );
}

function announcement({ songs, failed, text }: Suggestions): string {
  if (failed) return "The search failed.";
  if (songs.length === 0) return `No song found for ${text}.`;
  return `${count(songs.length, "song")} found. Use the arrow keys to choose.`;
}

function NothingFound({ suggestions }: { suggestions: Suggestions }) {
  if (suggestions.text === "") return null;
  if (suggestions.failed) {
    return <p className="search-note">The search failed. Change a letter to try again.</p>;
  }
  return (
    <div className="search-note">
      <p>
        <strong>Nothing is called “{suggestions.text}” here.</strong>
      </p>
      <p>
        Try fewer letters, or the artist alone. One wrong letter in a longer word is forgiven; more
        are not.
      </p>
    </div>
  );
}
