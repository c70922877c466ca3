# gradus_embed_page(TARGET STYLES... SCRIPTS...): compiles the style sheets (.css) and scripts (.js) into TARGET, one after the
# other as they are named, with the hashes by which a page's content policy allows them and nothing else.
function(gradus_embed_page target)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE files)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_page.cpp)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} "-Dfiles=${files}" "-Doutput=${output}" -P ${PROJECT_SOURCE_DIR}/cmake/embed_page.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed_page.cmake VERBATIM COMMENT "Embedding the report's page")
  target_sources(${target} PRIVATE ${output})
endfunction()
