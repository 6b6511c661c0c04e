# Compiles BPF programs: NAME.bpf.c -> build/Release/NAME.bpf.o, without DWARF but with BTF.

find_program(BPF_CLANG NAMES clang-19 clang REQUIRED)
find_program(BPF_STRIP NAMES llvm-strip-19 llvm-strip REQUIRED)

# asm/types.h lives in the directory of the architecture on Debian.
set(BPF_FLAGS -target bpf -mcpu=v3 -O2 -g ${STRICT} -I${CMAKE_SOURCE_DIR}/bpf
	-isystem /usr/include/${CMAKE_LIBRARY_ARCHITECTURE})

# A target that builds every source matching the pattern. Directories that do not exist (yet) add nothing.
function(bpf_objects target pattern)
	file(GLOB sources CONFIGURE_DEPENDS ${pattern})
	set(objects)
	foreach(source ${sources})
		get_filename_component(name ${source} NAME_WLE)
		set(object ${OUTPUT}/${name}.o)
		file(RELATIVE_PATH label ${CMAKE_SOURCE_DIR} ${source})
		add_custom_command(OUTPUT ${object}
			COMMAND ${BPF_CLANG} ${BPF_FLAGS} -MD -MT ${object} -MF ${CMAKE_BINARY_DIR}/${name}.d
				-c ${source} -o ${CMAKE_BINARY_DIR}/${name}.tmp
			COMMAND ${BPF_STRIP} -g ${CMAKE_BINARY_DIR}/${name}.tmp -o ${object}
			DEPENDS ${source}
			DEPFILE ${CMAKE_BINARY_DIR}/${name}.d
			COMMENT "BPF object ${label}"
			VERBATIM)
		list(APPEND objects ${object})
	endforeach()
	add_custom_target(${target} ALL DEPENDS ${objects})
endfunction()
