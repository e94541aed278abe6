import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { useCombobox } from "./useCombobox.ts";

const FRUIT = ["apple", "apricot", "banana"];

function Fruit({ onChoose }: { onChoose: (fruit: string) => void }) {
  const [text, setText] = useState("");
  const items = text === "" ? [] : FRUIT.filter((fruit) => fruit.startsWith(text));
  const box = useCombobox({ items, text, setText, onChoose });
  return (
    <>
      <input aria-label="Fruit" {...box.inputProps} />
      <ul {...box.listProps} aria-label="Fruits" hidden={!box.expanded}>
        {items.map((item, place) => (
          <li key={item} {...box.optionProps(item, place)}>
            {item}
          </li>
        ))}
      </ul>
    </>
  );
}

function setUp() {
  const onChoose = vi.fn();
  render(<Fruit onChoose={onChoose} />);
  const input = screen.getByRole<HTMLInputElement>("combobox", { name: "Fruit" });
  const marked = () => {
    const id = input.getAttribute("aria-activedescendant");
    return id === null ? null : (document.getElementById(id)?.textContent ?? "dangling");
  };
  return { user: userEvent.setup(), onChoose, input, marked };
}

describe("the combobox", () => {
  afterEach(cleanup);

  it("opens with suggestions as one types, and marks none", async () => {
    const { user, input, marked } = setUp();
    expect(input.getAttribute("aria-expanded")).toBe("false");
    await user.type(input, "ap");
    expect(input.getAttribute("aria-expanded")).toBe("true");
    expect(screen.getAllByRole("option").map((option) => option.textContent)).toEqual(["apple", "apricot"]);
    expect(marked()).toBeNull();
  });

  it("walks down and up through the options and past the field", async () => {
    const { user, input, marked } = setUp();
    await user.type(input, "ap");
    const seen: (string | null)[] = [];
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"]) {
      await user.keyboard(`{${key}}`);
      seen.push(marked());
    }
    expect(seen).toEqual(["apple", "apricot", null, "apple", null, "apricot"]);
    expect(document.activeElement).toBe(input);
    expect(screen.getByRole("option", { selected: true }).textContent).toBe("apricot");
  });

  it("takes the marked option on Enter", async () => {
    const { user, input, onChoose } = setUp();
    await user.type(input, "ap{ArrowDown}{ArrowDown}{Enter}");
    expect(onChoose).toHaveBeenCalledExactlyOnceWith("apricot");
    expect(input.getAttribute("aria-expanded")).toBe("false");
  });

  it("takes the best match on Enter when none is marked, and nothing when there is none", async () => {
    const { user, input, onChoose } = setUp();
    await user.type(input, "ap{Enter}");
    expect(onChoose).toHaveBeenCalledExactlyOnceWith("apple");
    await user.clear(input);
    await user.type(input, "zz{Enter}");
    expect(onChoose).toHaveBeenCalledTimes(1);
  });

  it("closes on Escape, and clears on the next", async () => {
    const { user, input, onChoose } = setUp();
    await user.type(input, "ap{ArrowDown}{Escape}");
    expect(input.getAttribute("aria-expanded")).toBe("false");
    expect(input.value).toBe("ap");
    await user.keyboard("{Enter}");
    expect(onChoose).not.toHaveBeenCalled();
    await user.keyboard("{Escape}");
    expect(input.value).toBe("");
  });

  it("opens again on an arrow key", async () => {
    const { user, input, marked } = setUp();
    await user.type(input, "ap{Escape}{ArrowDown}");
    expect(input.getAttribute("aria-expanded")).toBe("true");
    expect(marked()).toBe("apple");
  });

  it("forgets the mark when the text changes", async () => {
    const { user, input, marked } = setUp();
    await user.type(input, "ap{ArrowDown}");
    expect(marked()).toBe("apple");
    await user.type(input, "r");
    expect(marked()).toBeNull();
  });

  it("takes an option that is clicked", async () => {
    const { user, input, onChoose } = setUp();
    await user.type(input, "ap");
    await user.click(screen.getByRole("option", { name: "apricot" }));
    expect(onChoose).toHaveBeenCalledExactlyOnceWith("apricot");
  });

  it("closes when the field is left", async () => {
    const { user, input } = setUp();
    await user.type(input, "ap");
    await user.tab();
    expect(input.getAttribute("aria-expanded")).toBe("false");
  });
});
