# The sample configuration. An installed one is the administrator's: it is never overwritten, nor removed once changed.
EXTRA_DIST += conf/causeway.yaml
installed_config = $(DESTDIR)$(sysconfdir)/causeway/causeway.yaml

install-data-local:
	$(MKDIR_P) $(DESTDIR)$(sysconfdir)/causeway
	test -e $(installed_config) || $(INSTALL_DATA) $(srcdir)/conf/causeway.yaml $(installed_config)

uninstall-local:
	if cmp -s $(srcdir)/conf/causeway.yaml $(installed_config); then rm -f $(installed_config); fi
