# Holds the layering rules and the length walls of the house (docs: design/architecture.md, 2).
#
#   cmake -DROOT=<repository> -P tests/layers_test.cmake
#
# Layers: cfg <- storage <- query <- actors <- deploy; CAF, Asio and Beast in actors/ and deploy/
# only; lmdb.h in storage/lmdb.* only; files up to 600 lines; functions up to 70. The work is done
# by layers.awk, which is first tried on a sample, so that it cannot go blind.

set(file_wall 600)
set(function_wall 70)

function(run_rules root files result)
  execute_process(
    COMMAND awk -v file_wall=${file_wall} -v function_wall=${function_wall}
            -f ${CMAKE_CURRENT_LIST_DIR}/layers.awk ${files}
    WORKING_DIRECTORY ${root} OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "layers.awk failed: ${errors}")
  endif()
  set(${result} "${output}" PARENT_SCOPE)
endfunction()

# -- the sample ---------------------------------------------------------------

string(RANDOM LENGTH 12 suffix)
if(DEFINED ENV{TMPDIR})
  set(sample "$ENV{TMPDIR}/pelorus-layers-${suffix}")
else()
  set(sample "/tmp/pelorus-layers-${suffix}")
endif()
string(REPEAT "  work('{', \"}\")\;\n" 70 statements)
string(REPEAT "    {.name = \"x {\", .run = [](int n) { return n\; }},\n" 80 entries)
string(REPEAT "  int f() const { return 1\; }\n" 80 members)
file(WRITE ${sample}/cfg/sample.cpp
"#include <caf/all.hpp>
#include \"storage/column.hpp\"
#include \"cfg/error.hpp\"
namespace pelorus { // {
static const row table[] = {
${entries}};
template <class T> class big : public T {
${members}};
template <class T>
auto measured(T x, int y = 1) -> std::vector<int> {
${statements}}
auto text = R\"sql({{{
)sql\"; /* {
{ */ int separated = 1'000'000;
static void after() { while (true) { break; } }
} // namespace pelorus
")
run_rules(${sample} cfg/sample.cpp found)
file(REMOVE_RECURSE ${sample})
set(wanted "cfg/sample.cpp:1: caf/all.hpp belongs in actors/ and deploy/
cfg/sample.cpp:2: cfg/ must not include storage/column.hpp
cfg/sample.cpp:170: a function of 72 lines; the wall is 70
")
if(NOT found STREQUAL wanted)
  message(FATAL_ERROR "layers.awk misjudges its sample.\nwanted:\n${wanted}found:\n${found}")
endif()

# -- the repository -----------------------------------------------------------

foreach(folder cfg storage query actors deploy tests bench)
  file(GLOB_RECURSE in_folder RELATIVE ${ROOT} ${ROOT}/${folder}/*.cpp ${ROOT}/${folder}/*.hpp)
  list(APPEND sources ${in_folder})
endforeach()
run_rules(${ROOT} "${sources}" offenders)
if(offenders)
  message(FATAL_ERROR "rules of the house are broken:\n${offenders}")
endif()
list(LENGTH sources count)
message(STATUS "${count} files keep the rules of the house")
