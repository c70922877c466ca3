# Run when the lab is built, by gradus_embed_page: writes `output`, C++ that holds `files`.
set(letters "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

# "sha256-" and the digest in base64: three hexadecimal digits are two letters; of 64 digits one is left over.
function(content_hash text result)
  string(SHA256 hex "${text}")
  set(hash "sha256-")
  foreach(at RANGE 0 60 3)
    string(SUBSTRING ${hex} ${at} 3 digits)
    math(EXPR first "0x${digits} >> 6")
    math(EXPR second "0x${digits} & 63")
    string(SUBSTRING ${letters} ${first} 1 first)
    string(SUBSTRING ${letters} ${second} 1 second)
    string(APPEND hash ${first}${second})
  endforeach()
  string(SUBSTRING ${hex} 63 1 digit)
  math(EXPR last "0x${digit} << 2")
  string(SUBSTRING ${letters} ${last} 1 last)
  set(${result} "${hash}${last}=" PARENT_SCOPE)
endfunction()

foreach(kind css js)
  set(${kind} "")
  set(${kind}_parts "")
endforeach()
foreach(file IN LISTS files)
  file(READ ${file} text)
  string(REGEX REPLACE "^.*\\." "" kind ${file})
  # Comments and indentation are for who reads the files, and a third of them.
  string(REGEX REPLACE "/\\*[^*]*\\*+([^/*][^*]*\\*+)*/ *" "" text "${text}")
  string(REGEX REPLACE "(^|\n) *//[^\n]*" "" text "${text}")
  string(REGEX REPLACE "  // [^\n]*" "" text "${text}")
  string(REGEX REPLACE "\n[ \n]+" "\n" text "${text}")
  string(APPEND ${kind} "${text}")
  # A file is a string literal of its own: compilers need not take longer ones than 64 KiB.
  string(APPEND ${kind}_parts "    R\"page(${text})page\",\n")
endforeach()
content_hash("${css}" css_hash)
content_hash("${js}" js_hash)
file(WRITE ${output}.new "#include \"tools/lab/report/assets.h\"

namespace gradus::lab {

const std::vector<std::string_view>& report_styles() {
  static const std::vector<std::string_view> parts = {
${css_parts}  };
  return parts;
}

const std::vector<std::string_view>& report_scripts() {
  static const std::vector<std::string_view> parts = {
${js_parts}  };
  return parts;
}

const char* const report_style_hash = \"${css_hash}\";
const char* const report_script_hash = \"${js_hash}\";

}  // namespace gradus::lab
")
file(RENAME ${output}.new ${output})
