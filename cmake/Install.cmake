# What cmake --install puts where, below its --prefix: the program, its manual page and completions, which it prints
# itself, and the bundle whose encoder it takes for lyrics when none is named.
include(GNUInstallDirs)

set(documents ${CMAKE_BINARY_DIR}/share)
set(manual ${documents}/playlistpulse.1)
set(completion_bash ${documents}/playlistpulse.bash)
set(completion_zsh ${documents}/_playlistpulse)
set(completion_fish ${documents}/playlistpulse.fish)
file(MAKE_DIRECTORY ${documents})
add_custom_command(
    OUTPUT ${manual} ${completion_bash} ${completion_zsh} ${completion_fish}
    COMMAND playlistpulse man > ${manual}
    COMMAND playlistpulse completion bash > ${completion_bash}
    COMMAND playlistpulse completion zsh > ${completion_zsh}
    COMMAND playlistpulse completion fish > ${completion_fish}
    DEPENDS playlistpulse
    COMMENT "Writing the manual page and the completions"
    VERBATIM)
add_custom_target(documents ALL DEPENDS ${manual} ${completion_bash} ${completion_zsh} ${completion_fish})
add_dependencies(product documents)

install(TARGETS playlistpulse RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${completion_bash} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME playlistpulse)
install(FILES ${completion_zsh} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${completion_fish} DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/models/default DESTINATION ${CMAKE_INSTALL_DATADIR}/playlistpulse/models)
