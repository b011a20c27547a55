# fuzz.mk - builds the fuzz targets with clang into ./fuzz, apart from the
# normal build. "make fuzz" runs it, with what Makefile.am knows in the
# environment:
#
#   fuzz_top       the source tree
#   fuzz_cc        clang, with libFuzzer
#   fuzz_programs  src/MODULE/fuzz_NOUN ...
#   fuzz_sources   all C files of the modules
#   fuzz_cppflags, fuzz_warnings, fuzz_libs

# What no target reaches is not built.
unused = src/queue/%
modules = $(filter-out $(unused),$(filter %.c,$(fuzz_sources))) \
	tests/fuzz/fuzz.c tests/fuzz/store.c
objects = $(modules:%.c=fuzz/%.o)

CFLAGS = -g -O1
sanitize = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
compile = $(fuzz_cc) -I. $(fuzz_cppflags) -I$(fuzz_top)/tests/fuzz \
	$(fuzz_warnings) $(CFLAGS) $(sanitize) -fsanitize=fuzzer-no-link \
	-MMD -MP

all: $(addprefix fuzz/,$(notdir $(fuzz_programs)))

fuzz/%.o: $(fuzz_top)/%.c
	@mkdir -p $(@D)
	@echo "  FUZZCC   $*.c"
	@$(compile) -c -o $@ $<

fuzz/modules.a: $(objects)
	@rm -f $@
	@ar rcs $@ $^

define program
fuzz/$(notdir $(1)): fuzz/$(1).o fuzz/modules.a
	@echo "  FUZZLD   $$(@F)"
	@$(fuzz_cc) $(sanitize) -fsanitize=fuzzer -Wl,--as-needed -o $$@ $$^ \
	    $(fuzz_libs)
endef
$(foreach one,$(fuzz_programs),$(eval $(call program,$(one))))

-include $(objects:.o=.d) $(fuzz_programs:%=fuzz/%.d)
.SECONDARY:
.PHONY: all
