# Installing: make install PREFIX=/usr DESTDIR=/tmp/root. What the Makefile includes last.
# SPDX-License-Identifier: Apache-2.0
#
# All is first laid out in $(STAGE), as it will stand below DESTDIR; install copies the files there, uninstall removes
# those of the same names. Configuration in $(SYSCONFDIR) belongs to the machine and is neither written nor removed.
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
SHAREDIR := $(PREFIX)/share
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSCONFDIR ?= /etc
ZSHDIR ?= $(SHAREDIR)/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
STAGE := $(BUILD)/stage
VERSION := $(shell sed -n 's/^.define TM_VERSION "\(.*\)"/\1/p' src/base/exit.h)
LIBRARY_FILE := libtamis.so.$(VERSION)

# $(call fill,FILE,TO): the template tools/install/FILE.in with its @WORDS@ replaced.
fill = sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@LIBDIR@|$(LIBDIR)|g' \
           -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' -e 's|@VERSION@|$(VERSION)|g' -e 's|@SONAME@|$(LIBRARY_SONAME)|g' \
           -e 's|@REQUIRES@|$(LIBRARY_PACKAGES)|g' \
           -e "s|@TO_PREFIX@|$$(realpath -ms --relative-to=$(LIBDIR)/cmake/Tamis $(PREFIX))|g" \
           tools/install/$(1).in > $(STAGE)$(2)/$(1)

.PHONY: stage stage-library install install-library uninstall
# What programs that embed tamis need; WITHOUT says what is left out of it.
stage-library: $(BUILD)/libtamis.a $(BUILD)/$(LIBRARY_SONAME)
	@rm -rf $(STAGE)
	@umask 022; set -e; at=$(STAGE); \
	install -d $$at$(LIBDIR)/pkgconfig $$at$(LIBDIR)/cmake/Tamis; \
	install -m 644 $(BUILD)/libtamis.a $$at$(LIBDIR)/libtamis.a; \
	install -m 644 $(BUILD)/$(LIBRARY_SONAME) $$at$(LIBDIR)/$(LIBRARY_FILE); \
	ln -s $(LIBRARY_FILE) $$at$(LIBDIR)/$(LIBRARY_SONAME); \
	ln -s $(LIBRARY_SONAME) $$at$(LIBDIR)/libtamis.so; \
	install -d $$at$(PREFIX)/include/tamis; install -m 644 include/tamis/*.h $$at$(PREFIX)/include/tamis; \
	$(call fill,tamis.pc,$(LIBDIR)/pkgconfig); \
	$(call fill,TamisConfig.cmake,$(LIBDIR)/cmake/Tamis); \
	$(call fill,TamisConfigVersion.cmake,$(LIBDIR)/cmake/Tamis)

stage: all man stage-library
	@umask 022; set -e; at=$(STAGE); \
	install -d $$at$(BINDIR) $$at$(UNITDIR) $$at$(SHAREDIR)/man \
	    $$at$(SHAREDIR)/bash-completion/completions $$at$(ZSHDIR) $$at$(SHAREDIR)/fish/vendor_completions.d; \
	install -m 755 $(BUILD)/tamis $$at$(BINDIR)/tamis; \
	cp -R $(BUILD)/man/man* $$at$(SHAREDIR)/man; \
	$(BUILD)/tamis completion bash > $$at$(SHAREDIR)/bash-completion/completions/tamis; \
	$(BUILD)/tamis completion zsh > $$at$(ZSHDIR)/_tamis; \
	$(BUILD)/tamis completion fish > $$at$(SHAREDIR)/fish/vendor_completions.d/tamis.fish; \
	$(call fill,tamis.service,$(UNITDIR)); \
	for file in $$(find examples docs README.md CHANGELOG.md LICENSE -type f); do \
	    install -D -m 644 $$file $$at$(SHAREDIR)/doc/tamis/$$file; done

# Files alone are copied, so that directories which are there stay as they are; what is in use is replaced, not written.
install: stage
install-library: stage-library
install install-library:
	@install -d $(DESTDIR)/; (cd $(STAGE) && find . ! -type d | LC_ALL=C sort) | \
	    tar -C $(STAGE) -cf - --owner=0 --group=0 --no-recursion -T - | \
	    (umask 022; tar -C $(DESTDIR)/ -xf - --no-same-owner --keep-directory-symlink)
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" != 0 ] || ldconfig || true

# The directories that only tamis uses go, too.
uninstall: stage
	@(cd $(STAGE) && find . ! -type d) | while read -r file; do rm -f "$(DESTDIR)/$$file"; done
	@for directory in $(SHAREDIR)/doc/tamis $(LIBDIR)/cmake/Tamis $(PREFIX)/include/tamis; do \
	    [ ! -d $(DESTDIR)$$directory ] || find $(DESTDIR)$$directory -depth -type d -empty -delete; done
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" != 0 ] || ldconfig || true

# ---- Debian packages: tamis, libtamis0 and libtamis-dev, in build/packages; debian/ says what is in them -------------
.PHONY: deb
deb: deps
	$(call install,debhelper dpkg-dev)
	@rm -rf build/packages; mkdir -p build/packages
	@env -u MAKELEVEL -u MFLAGS MAKEFLAGS= DEB_BUILD_OPTIONS="noautodbgsym parallel=$(JOBS)" \
	    debian/rules clean binary DEBS=$(abspath build/packages) > build/packages/log 2>&1 || \
	    { tail -20 build/packages/log; exit 1; }
	@ls build/packages/*.deb
