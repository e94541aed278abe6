import { useEffect } from "react";

/** "/" goes to the page's main search field, unless something is being typed. */
export function useSlash(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target;
      if (target instanceof HTMLElement) {
        const typing =
          target.isContentEditable ||
          target instanceof HTMLTextAreaElement ||
          (target instanceof HTMLInputElement && /^(text|search|number)$/.test(target.type));
        if (typing) return;
      }
      const field = document.querySelector<HTMLInputElement>("input[data-primary-search]");
      if (!field) return;
      event.preventDefault();
      field.focus();
      field.select();
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  }, []);
}
