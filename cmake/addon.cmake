# The Node-API addon: build/Release/sluice.node, with libbpf, libelf and zlib inside, so that it needs nothing but libc
# where it runs.

file(GLOB ADDON_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/native/*.cpp ${CMAKE_SOURCE_DIR}/native/*.c)

add_library(addon SHARED ${ADDON_SOURCES})
set_target_properties(addon PROPERTIES
	PREFIX ""
	OUTPUT_NAME sluice
	SUFFIX .node
	LIBRARY_OUTPUT_DIRECTORY ${OUTPUT}
	CXX_VISIBILITY_PRESET hidden
	C_VISIBILITY_PRESET hidden)
target_include_directories(addon SYSTEM PRIVATE ${CMAKE_JS_INC})
# SWALLOW: an error on the way to a worker_thread that is being terminated has nowhere to go; it must not end the process.
target_compile_definitions(addon PRIVATE NAPI_VERSION=8 NAPI_CPP_EXCEPTIONS NODE_ADDON_API_DISABLE_DEPRECATED
	NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS)
target_compile_options(addon PRIVATE ${STRICT} -O2)

foreach(library bpf elf z)
	find_library(STATIC_${library} lib${library}.a REQUIRED)
	list(APPEND STATIC_LIBRARIES ${STATIC_${library}})
endforeach()

# --exclude-libs: node exports a zlib of its own; ours must neither be replaced by it nor replace it.
# --wrap: see native/static_libraries.c.
target_link_libraries(addon PRIVATE ${STATIC_LIBRARIES}
	-Wl,--exclude-libs,ALL -Wl,-Bsymbolic -Wl,--wrap=stderr -Wl,--gc-sections -pthread ${CMAKE_JS_LIB})
