# Makes a C file of a page's parts, so that they are edited, linted and read as what they are:
#   cmake -DPAGE=DIRECTORY -DMODULES=a.mjs,b.mjs -DOUT=FILE.c -P EmbedPage.cmake
# page.html and style.css are taken as they stand. The modules, each after those that it imports, become one script: a
# module is a function that gives what it exports, an import takes that apart. What is understood is what prettier leaves
# of `import { a, b } from "./c.mjs";` and of `export const` or `export function` at the start of a line.
cmake_minimum_required(VERSION 3.22)

set(prefix "module_")

# c_bytes(VARIABLE HEX): "0a0b" as "0x0a,0x0b,", twelve on a line.
function(c_bytes variable hex)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    set(${variable} "${bytes}" PARENT_SCOPE)
endfunction()

# add_file(NAME HEX): appends the definition of pulse_page_NAME.
function(add_file name hex)
    c_bytes(bytes "${hex}")
    file(APPEND "${OUT}.part" "static const unsigned char ${name}_bytes[] = {${bytes}};\n"
         "const pulse_page_file pulse_page_${name} = {${name}_bytes, sizeof ${name}_bytes};\n")
endfunction()

file(WRITE "${OUT}.part" "/* Made by cmake/EmbedPage.cmake. */\n#include \"report/page.h\"\n")
file(READ "${PAGE}/page.html" skeleton HEX)
add_file(skeleton "${skeleton}")
file(READ "${PAGE}/style.css" style HEX)
add_file(style "${style}")

set(script "\n")
string(REPLACE "," ";" modules "${MODULES}")
foreach(module ${modules})
    get_filename_component(name "${module}" NAME_WE)
    file(READ "${PAGE}/${module}" text)
    string(REGEX REPLACE "(^|\n)import ([^;]*) from \"\\./([a-z]+)\\.mjs\";" "\\1const \\2 = ${prefix}\\3;" text "${text}")
    string(REGEX MATCHALL "(^|\n)export (const|function) [A-Za-z]+" exports "${text}")
    list(TRANSFORM exports REPLACE "^.* " "")
    list(JOIN exports ", " exports)
    string(REGEX REPLACE "(^|\n)export " "\\1" text "${text}")
    string(APPEND script "const ${prefix}${name} = (() => {\n${text}\nreturn { ${exports} };\n})();\n")
endforeach()
string(HEX "${script}" script)
add_file(script "${script}")

file(RENAME "${OUT}.part" "${OUT}")
