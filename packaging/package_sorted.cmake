# Run by CPack when a package is made: a .tar.gz is packed anew with its files in the order of their names. CPack takes them
# in the file system's order, which is another one on each machine.
if(CPACK_GENERATOR MATCHES "TGZ")
  get_filename_component(above ${CPACK_TEMPORARY_DIRECTORY} DIRECTORY)
  get_filename_component(top ${CPACK_TEMPORARY_DIRECTORY} NAME)
  foreach(package IN LISTS CPACK_PACKAGE_FILES)
    execute_process(COMMAND tar --create --file ${above}/sorted.tar --directory ${above} --format gnu --sort name --owner root:0
      --group root:0 --mtime @$ENV{SOURCE_DATE_EPOCH} ${top} COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND gzip -9n COMMAND_ERROR_IS_FATAL ANY INPUT_FILE ${above}/sorted.tar OUTPUT_FILE ${package})
    file(REMOVE ${above}/sorted.tar)
  endforeach()
endif()
