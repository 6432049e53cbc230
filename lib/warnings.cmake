# Compiler settings of every target: warnings, hardening, and the sanitizers of HOLDFAST_DEV.
function(hf_compile_options target)
  set(warnings -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
    -Wmissing-prototypes -Wmissing-declarations -Wcast-qual -Wvla -Wformat=2 -Wwrite-strings -Wundef
    -Wnull-dereference -Wdouble-promotion -Wswitch-enum -Wimplicit-fallthrough -Wpointer-arith
    -Wold-style-definition -Wredundant-decls -Wno-missing-field-initializers)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    list(APPEND warnings -Wformat-signedness -Wduplicated-cond -Wduplicated-branches -Wlogical-op
      -Wjump-misses-init)
  else()
    list(APPEND warnings -Wcomma -Wunreachable-code -Wconditional-uninitialized
      -Wshorten-64-to-32 -Wmissing-variable-declarations)
  endif()
  target_compile_options(${target} INTERFACE ${warnings} -fvisibility=hidden -fstack-protector-strong)
  target_compile_definitions(${target} INTERFACE _GNU_SOURCE HF_VERSION="${PROJECT_VERSION}")
  target_link_options(${target} INTERFACE -Wl,-z,relro -Wl,-z,now)
  if(HOLDFAST_DEV)
    target_compile_definitions(${target} INTERFACE HF_DEV)
    target_compile_options(${target} INTERFACE -Werror -g -O1 -fno-omit-frame-pointer
      -fsanitize=address,undefined -fno-sanitize-recover=undefined)
    target_link_options(${target} INTERFACE -fsanitize=address,undefined)
  elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_compile_definitions(${target} INTERFACE _FORTIFY_SOURCE=2)
  endif()
  if(HOLDFAST_FUZZ)
    target_compile_options(${target} INTERFACE -fsanitize=fuzzer-no-link,address,undefined)
    target_link_options(${target} INTERFACE -fsanitize=address,undefined)
  endif()
endfunction()
