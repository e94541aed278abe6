import { useId, useState, type KeyboardEvent } from "react";

interface Options<Item> {
  readonly items: readonly Item[];
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly onChoose: (item: Item) => void;
}

/**
 * The keyboard and the roles of an editable combobox with a list that opens below it, as the ARIA
 * Authoring Practices Guide describes it: focus stays in the field, `aria-activedescendant` points at
 * the option in hand. Enter without one takes the first: it is the best match.
 */
export function useCombobox<Item>({ items, text, setText, onChoose }: Options<Item>) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [marked, setMarked] = useState(-1);
  // The list may have become shorter since an option was marked.
  const active = marked < items.length ? marked : -1;
  const expanded = open && items.length > 0;
  const optionId = (place: number) => `${id}option${place}`;

  const choose = (item: Item) => {
    setOpen(false);
    setMarked(-1);
    onChoose(item);
  };

  const move = (step: 1 | -1) => {
    if (items.length === 0) return;
    setOpen(true);
    // One place more than there are options: the field itself, where nothing is marked.
    const places = items.length + 1;
    setMarked(((active + 1 + step + places) % places) - 1);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, the keys are its own.
    if (event.nativeEvent.isComposing) return;
    switch (event.key) {
      case "ArrowDown":
        event.preventDefault();
        move(1);
        break;
      case "ArrowUp":
        event.preventDefault();
        move(-1);
        break;
      case "Enter": {
        event.preventDefault();
        const item = expanded ? items[Math.max(0, active)] : undefined;
        if (item !== undefined) choose(item);
        break;
      }
      case "Escape":
        event.preventDefault();
        if (open && text !== "") {
          setOpen(false);
          setMarked(-1);
        } else {
          setText("");
        }
        break;
      case "Home":
      case "End":
        setMarked(-1);
        break;
      default:
    }
  };

  return {
    /** Whether the popup, with options or with a message, should be seen. */
    open: open && text.trim() !== "",
    expanded,
    active,
    inputProps: {
      role: "combobox" as const,
      "aria-autocomplete": "list" as const,
      "aria-expanded": expanded,
      "aria-controls": `${id}list`,
      "aria-activedescendant": expanded && active >= 0 ? optionId(active) : undefined,
      autoComplete: "off",
      value: text,
      onChange: (event: { target: { value: string } }) => {
        setText(event.target.value);
        setOpen(true);
        setMarked(-1);
      },
      onFocus: () => {
        setOpen(true);
      },
      onBlur: () => {
        setOpen(false);
        setMarked(-1);
      },
      onKeyDown,
    },
    listProps: { id: `${id}list`, role: "listbox" as const },
    optionProps: (item: Item, place: number) => ({
      id: optionId(place),
      role: "option" as const,
      "aria-selected": place === active,
      // Focus has to stay in the field, or the list would close before the click.
      onPointerDown: (event: { preventDefault: () => void }) => {
        event.preventDefault();
      },
      onMouseDown: (event: { preventDefault: () => void }) => {
        event.preventDefault();
      },
      onPointerMove: () => {
        if (place !== active) setMarked(place);
      },
      onClick: () => {
        choose(item);
      },
    }),
  };
}
