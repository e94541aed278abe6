import type { AnchorHTMLAttributes, ReactNode } from "react";
import { href, navigate } from "../state/location.ts";
import type { Query } from "../state/query.ts";

interface Props extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href" | "onClick"> {
  to: Query;
  children: ReactNode;
}

/** A real link to another mix: it can be opened in a new tab, copied, and gone back from. */
export function QueryLink({ to, children, ...rest }: Props) {
  return (
    <a
      {...rest}
      href={href(to)}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        navigate(to, "push");
      }}
    >
      {children}
    </a>
  );
}
