# Prints what breaks the rules of the house in C++ files: forbidden includes, long files, long
# functions. Called by layers_test.cmake; every file is given by its path from the root.
#
# A brace opens a container (namespace, class), a function or other block, or an initialiser.
# Only the outermost block below containers and initialisers is measured.

function layer_of(path) { sub(/\/.*/, "", path); return path }

BEGIN {
  rank["cfg"] = 1; rank["storage"] = 2; rank["query"] = 3; rank["actors"] = 4; rank["deploy"] = 5
}

function layer_rank(layer) { return layer in rank ? rank[layer] : 0 }

function report(line, text) { printf "%s:%d: %s\n", FILENAME, line, text }

function check_include(path,    mine, theirs) {
  mine = layer_rank(layer_of(FILENAME)); theirs = layer_rank(layer_of(path))
  if (path ~ /\// && mine && theirs > mine)
    report(FNR, layer_of(FILENAME) "/ must not include " path)
  if (mine && path ~ /^(tests|bench)\//)
    report(FNR, "nobody includes " path)
  if (mine && mine < 4 && path ~ /^(caf\/|boost\/(asio|beast)[\/.])/)
    report(FNR, path " belongs in actors/ and deploy/")
  if (path == "lmdb.h" && FILENAME !~ /^storage\/lmdb\.[ch]pp$/)
    report(FNR, "lmdb.h belongs in storage/lmdb.hpp and storage/lmdb.cpp")
}

# The line without literals and comments.
function bare(line,    start, rest, close_at) {
  if (raw_end != "") {
    start = index(line, raw_end)
    if (!start) return ""
    line = "\"\"" substr(line, start + length(raw_end))
    raw_end = ""
  }
  if (in_comment) {
    start = index(line, "*/")
    if (!start) return ""
    line = substr(line, start + 2)
    in_comment = 0
  }
  gsub(/'(\\x[0-9a-fA-F]+|\\[0-7]+|\\.|[^'\\])'/, "0", line)
  while (match(line, /R"[^ ()\\"]*\(/)) {
    rest = substr(line, RSTART + RLENGTH)
    raw_end = ")" substr(line, RSTART + 2, RLENGTH - 3) "\""
    close_at = index(rest, raw_end)
    if (!close_at) return substr(line, 1, RSTART - 1)
    line = substr(line, 1, RSTART - 1) "0" substr(rest, close_at + length(raw_end))
    raw_end = ""
  }
  gsub(/"([^"\\]|\\.)*"/, "0", line)
  sub(/\/\/.*/, "", line)
  while ((start = index(line, "/*"))) {
    rest = substr(line, start + 2)
    close_at = index(rest, "*/")
    if (!close_at) { in_comment = 1; return substr(line, 1, start - 1) }
    line = substr(line, 1, start - 1) " " substr(rest, close_at + 2)
  }
  return line
}

# What the brace after `head` opens.
function kind_of(head) {
  while (sub(/^[ \t]*template[ \t]*<([^<>{}]|<[^<>{}]*>)*>[ \t]*/, "", head)) {}
  sub(/^[ \t]+/, "", head)
  if (head ~ /^TEST_(CASE|SUITE)/) return "container"  # a list of checks may be long
  # returns its table of functions
  if (head ~ /^(function_family|const std::vector<function_entry>&) [a-z_]+\(\)/) return "container"
  if (head ~ /^(inline |export )*namespace/ || head ~ /^extern 0/) return "container"
  if (head ~ /^(typedef )?(class|struct|union|enum)[ \t]/ && head !~ /\)[^()]*$/) return "container"
  if (head ~ /(^|[^=!<>])=[ \t]*$/ || head ~ /(return|[(,])[ \t]*$/) return "initialiser"
  if (head ~ /\)[ \t]*(const|noexcept|override|final|mutable|&|[ \t])*(->[^;{}]*)?$/) return "block"
  if (head ~ /\)[ \t]*(noexcept)?[ \t]*:[^:]/) return "block"  # constructor with initialisers
  return "initialiser"
}

function open_brace(    kind) {
  kind = kind_of(head)
  stack[++depth] = kind
  if (kind == "block" && !inside) { inside = depth; began = FNR }
}

function close_brace(    lines) {
  if (depth == 0) return
  if (depth == inside) {
    lines = FNR - began + 1
    if (lines > function_wall)
      report(began, "a function of " lines " lines; the wall is " function_wall)
    inside = 0
  }
  --depth
}

function scan(line,    at, c) {
  while ((at = match(line, /[{};]/))) {
    head = head substr(line, 1, at - 1)
    c = substr(line, at, 1)
    line = substr(line, at + 1)
    if (c == "{") open_brace()
    if (c == "}") close_brace()
    head = ""
  }
  head = head line " "
}

function end_of_file() {
  if (name != "" && lines_of_file > file_wall)
    printf "%s: a file of %d lines; the wall is %d\n", name, lines_of_file, file_wall
}

FNR == 1 {
  end_of_file()
  name = FILENAME
  depth = inside = in_comment = in_macro = 0
  head = raw_end = ""
}

{ lines_of_file = FNR }

raw_end == "" && !in_comment && (in_macro || /^[ \t]*#/) {
  if (!in_macro && match($0, /^[ \t]*#[ \t]*include[ \t]*[<"][^>"]*/)) {
    path = substr($0, RSTART, RLENGTH)
    sub(/^[^<"]*[<"]/, "", path)
    check_include(path)
  }
  in_macro = /\\$/
  next
}

{ scan(bare($0)) }

END { end_of_file() }
