# Writes the page's files into a C source: cmake -DOUT=FILE "-DFILES=a;b" -P embed.cmake
# The names in the program are those of the files, the table is sorted as given.
set(types .html text/html .css text/css .js text/javascript .svg image/svg+xml)

set(arrays "")
set(table "")
set(number 0)
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  get_filename_component(extension "${file}" LAST_EXT)
  list(FIND types "${extension}" at)
  if(at LESS 0)
    message(FATAL_ERROR "${file}: no content type is known for ${extension}")
  endif()
  math(EXPR at "${at} + 1")
  list(GET types ${at} type)
  file(READ "${file}" bytes HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "static const unsigned char bytes_${number}[] = {\n${bytes}};\n")
  string(APPEND table "    {\"${name}\", \"${type}; charset=utf-8\", bytes_${number}, sizeof bytes_${number}},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${OUT}" "/* Made by page/embed.cmake from the files of page/. */\n#include \"page.h\"\n\n${arrays}\n"
                    "const mbc_file mbc_page_files[] = {\n${table}};\nconst size_t mbc_page_file_count = ${number};\n")
