{
  # What users install is built with this, through prebuildify (scripts/prebuilds.sh); developers build with CMakeLists.txt.
  # Both compile the same files with the same flags.
  "targets": [
    {
      "target_name": "sluice",
      "sources": ["<!@(ls native/*.cpp native/*.c)"],
      "include_dirs": [
        "<!@(node -p \"require('node-addon-api').include\")",
        "<!(node -p \"require('node-api-headers').include_dir\")"
      ],
      "defines": [
        "NAPI_VERSION=8",
        "NAPI_CPP_EXCEPTIONS",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
      ],
      "cflags": ["-Wall", "-Wextra", "-Werror", "-O2", "-fvisibility=hidden", "-ffile-prefix-map=<(module_root_dir)/="],
      "cflags_cc": ["-std=c++17", "-fexceptions"],
      "cflags_cc!": ["-fno-exceptions"],
      "libraries": ["-l:libbpf.a", "-l:libelf.a", "-l:libz.a"],
      # See cmake/addon.cmake and native/static_libraries.c.
      "ldflags": ["-Wl,--exclude-libs,ALL", "-Wl,-Bsymbolic", "-Wl,--wrap=stderr", "-Wl,--gc-sections", "-pthread"]
    }
  ]
}
