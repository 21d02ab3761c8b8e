package io.jbpf.kernel;

import io.jbpf.btf.Btf;
import io.jbpf.error.BpfException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.relocation.CoreTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The types of modules, a file each beside the kernel's.
 *
 * @param types where the files are: /sys/kernel/btf
 * @param modules where the kernel has a directory for each module: /sys/module
 */
record ModuleBtf(Path types, Path modules) {
    /** The kernel keeps 55 characters (MODULE_NAME_LEN of linux/module.h); kbuild makes them of these. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]{1,63}");

    Set<String> names() {
        try (Stream<Path> files = Files.list(types)) {
            Set<String> names = new TreeSet<>();
            files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> NAME.matcher(name).matches() && !name.equals(CoreTarget.VMLINUX))
                    .forEach(names::add);
            return Collections.unmodifiableSet(names);
        } catch (NoSuchFileException e) {
            return Set.of();
        } catch (IOException e) {
            throw new BpfException("cannot list " + types + ": " + e, e);
        }
    }

    Btf read(String name, Supplier<Btf> base) {
        String module = name.replace('-', '_');
        if (!NAME.matcher(module).matches() || module.equals(CoreTarget.VMLINUX)) {
            throw new IllegalArgumentException("'" + name + "' is not the name of a module");
        }
        Path file = types.resolve(module);
        try {
            // The base first: without the kernel's own types there are none of modules.
            return parse(file, base.get());
        } catch (NoSuchFileException e) {
            throw missing(module, e);
        } catch (IOException e) {
            throw new BpfException("cannot read " + file + ": " + e, e);
        }
    }

    /** All that are loaded, by name. One that goes while this reads was not there. */
    List<CoreTarget.Module> readAll(Supplier<Btf> base) {
        Btf kernel = base.get();
        List<CoreTarget.Module> all = new ArrayList<>();
        for (String name : names()) {
            Path file = types.resolve(name);
            try {
                all.add(new CoreTarget.Module(name, parse(file, kernel)));
            } catch (IOException e) {
                if (Files.exists(file)) {
                    throw new BpfException("cannot read " + file + ": " + e, e);
                }
            }
        }
        return List.copyOf(all);
    }

    private static Btf parse(Path file, Btf kernel) throws IOException {
        return Btf.parseSplit(file.toString(), ByteBuffer.wrap(Files.readAllBytes(file)), kernel);
    }

    private BpfException missing(String module, NoSuchFileException cause) {
        Set<String> others = names();
        String those = others.isEmpty() ? "" : "; those that have are " + String.join(", ", others);
        if (!Files.isDirectory(modules.resolve(module))) {
            return new BpfException(
                    "module '" + module + "' is not loaded, so there are no types of it" + those, cause);
        }
        // A built-in module has a directory for its parameters, but no state.
        if (!Files.exists(modules.resolve(module).resolve("initstate"))) {
            return new BpfException(
                    "'" + module + "' is built into this kernel: its types are among the kernel's own", cause);
        }
        return others.isEmpty()
                ? new UnsupportedFeatureException("BTF of modules (CONFIG_DEBUG_INFO_BTF_MODULES)", "5.11", cause)
                : new BpfException("module '" + module + "' was built without types" + those, cause);
    }
}
