# Write one C file that holds every file under schemas/ as bytes; lib/util/schema.h finds them by name.
function(hf_embed_schemas out)
  file(GLOB_RECURSE files RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/schemas CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_SOURCE_DIR}/schemas/*.sql ${CMAKE_CURRENT_SOURCE_DIR}/schemas/*.json
    ${CMAKE_CURRENT_SOURCE_DIR}/schemas/*.txt)
  list(SORT files)
  set(arrays "")
  set(rows "")
  set(n 0)
  foreach(name ${files})
    set(path ${CMAKE_CURRENT_SOURCE_DIR}/schemas/${name})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    file(READ ${path} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays "static const unsigned char f${n}[] = { ${bytes} 0 };\n")
    string(APPEND rows "    { \"${name}\", f${n}, sizeof(f${n}) - 1 },\n")
    math(EXPR n "${n} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${out} @ONLY CONTENT
"/* Generated from schemas/ by schemas/embed.cmake. */
#include \"util/schema.h\"

@arrays@
const hf_schema_file hf_schema_files[] = {
@rows@    { 0 },
};
")
endfunction()
