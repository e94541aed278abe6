import { useEffect, useId, useRef, useState } from "react";
import { MOST_WORDS } from "../../state/query.ts";
import { whole } from "../../ui/format.ts";
import "./words.css";

interface Props {
  /** What stands there already. */
  words?: string;
  action: string;
  /** Below the field, on its left. */
  note?: string;
  /** Whether the field takes the keyboard when it appears. */
  focus?: boolean;
  onSubmit: (words: string) => void;
  onCancel?: () => void;
}

/** Where a listener describes what they want, or pastes lyrics. */
export function WordsForm({ words = "", action, note, focus = false, onSubmit, onCancel }: Props) {
  const id = useId();
  const [text, setText] = useState(words);
  const field = useRef<HTMLTextAreaElement>(null);
  const left = MOST_WORDS - text.length;
  const full = left < 200;

  useEffect(() => {
    if (!focus) return;
    field.current?.focus();
    field.current?.select();
  }, [focus]);

  const submit = () => {
    if (text.trim() !== "") onSubmit(text);
    else field.current?.focus();
  };

  return (
    <form
      className="words"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label className="hidden" htmlFor={id}>
        Describe it or paste lyrics
      </label>
      <textarea
        ref={field}
        id={id}
        rows={3}
        maxLength={MOST_WORDS}
        placeholder="Describe it or paste lyrics"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape" && onCancel) onCancel();
          // As in a chat: Enter is done, and with Shift a new line.
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          submit();
        }}
      />
      <div className="words-end">
        {(full || note !== undefined) && (
          <p className="fine" role={full ? "status" : undefined}>
            {full ? `Room for ${whole(left)} more letters` : note}
          </p>
        )}
        {onCancel && (
          <button type="button" className="button" onClick={onCancel}>
            Cancel
          </button>
        )}
        <button type="submit" className="button button--main">
          {action}
        </button>
      </div>
    </form>
  );
}
