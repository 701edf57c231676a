# cmake -D BUILD=... -P install_test.cmake: installs BUILD into WORK/prefix, moves the prefix (a package must not depend
# on where it was installed first), and builds and runs USER_PROJECT with nothing but that prefix.
function(step what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${what} failed (${code}):\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect what text pattern)
  if(NOT text MATCHES "${pattern}")
    message(FATAL_ERROR "${what}: expected ${pattern}, found:\n${text}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
step("install" ${CMAKE_COMMAND} --install ${BUILD} --config ${CONFIG} --prefix ${WORK}/first)
file(RENAME ${WORK}/first ${WORK}/prefix)

# The program, from a folder in which it finds nothing but itself: its presets are inside.
set(program ${WORK}/prefix/bin/crosstile)
file(MAKE_DIRECTORY ${WORK}/empty)
step("crosstile --version" ${CMAKE_COMMAND} -E chdir ${WORK}/empty ${program} --version)
expect("crosstile --version" "${output}" "crosstile ${VERSION}")
step("crosstile describe" ${CMAKE_COMMAND} -E chdir ${WORK}/empty ${program} describe --hardware isaac)
expect("crosstile describe" "${output}" "isaac")
foreach(file share/crosstile/presets/isaac.toml share/crosstile/zoo/lenet5-mnist.onnx)
  if(NOT EXISTS ${WORK}/prefix/${file})
    message(FATAL_ERROR "${file} was not installed")
  endif()
endforeach()

step("configuring the user's project" ${CMAKE_COMMAND} -S ${USER_PROJECT} -B ${WORK}/user -G ${GENERATOR}
     -D CMAKE_PREFIX_PATH=${WORK}/prefix -D CMAKE_BUILD_TYPE=${CONFIG} -D CMAKE_CXX_COMPILER=${CXX}
     "-DCMAKE_CXX_FLAGS=${CXX_FLAGS}" "-DCMAKE_EXE_LINKER_FLAGS=${LINKER_FLAGS}")
step("building the user's project" ${CMAKE_COMMAND} --build ${WORK}/user --config ${CONFIG})
step("running the user's project" ${WORK}/user/two_chips)
expect("two_chips" "${output}" "tiles: 8 and 168")
expect("two_chips" "${output}" "two chips: passed")
message(STATUS "${output}")
