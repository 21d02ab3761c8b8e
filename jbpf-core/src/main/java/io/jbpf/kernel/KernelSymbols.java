package io.jbpf.kernel;

import io.jbpf.error.BpfException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Addresses of the kernel's symbols, from {@code /proc/kallsyms}. Read anew each time: modules come and go. */
public final class KernelSymbols {
    private static final Path FILE = Path.of("/proc/kallsyms");

    private KernelSymbols() {}

    /**
     * Looks up addresses. Needs CAP_SYSLOG where {@code kernel.kptr_restrict} is set.
     *
     * @param names the symbols, without a module's name
     * @return the address of each that exists
     * @throws BpfException if a name has several addresses, the kernel hides addresses, or the file cannot be read
     */
    public static Map<String, Long> addresses(Set<String> names) {
        Map<String, Long> found = new HashMap<>();
        occurrences(names).forEach((name, addresses) -> found.put(name, only(name, addresses)));
        return found;
    }

    /**
     * Looks up symbols. Needs no privilege: what the kernel hides is there with address 0.
     *
     * @param names the symbols, without a module's name
     * @return the addresses of each that exists, in the order of the file; more than one if they share the name
     * @throws BpfException if the file cannot be read
     */
    public static Map<String, Set<Long>> occurrences(Set<String> names) {
        Map<String, Set<Long>> found = new HashMap<>();
        try (BufferedReader lines = Files.newBufferedReader(FILE)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                // "ffffffff81000000 T _stext", and a tab and the module's name in brackets
                String name = nameIn(line);
                if (!names.contains(name)) {
                    name = withoutCompilersSuffix(line, name);
                }
                if (names.contains(name)) {
                    found.computeIfAbsent(name, any -> new LinkedHashSet<>())
                            .add(Long.parseUnsignedLong(line, 0, line.indexOf(' '), 16));
                }
            }
        } catch (IOException e) {
            throw new BpfException("cannot read " + FILE + ": " + e, e);
        }
        return found;
    }

    /**
     * Looks up names by address. Needs CAP_SYSLOG where {@code kernel.kptr_restrict} is set: what the kernel hides has none.
     *
     * @param addresses the exact addresses of functions or variables
     * @return the name of each that there is one for; of several the first in the file
     * @throws BpfException if the file cannot be read
     */
    public static Map<Long, String> names(Set<Long> addresses) {
        Map<Long, String> found = new HashMap<>();
        try (BufferedReader lines = Files.newBufferedReader(FILE)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                long address = Long.parseUnsignedLong(line, 0, line.indexOf(' '), 16);
                if (address != 0 && addresses.contains(address)) {
                    found.putIfAbsent(address, nameIn(line));
                }
            }
        } catch (IOException e) {
            throw new BpfException("cannot read " + FILE + ": " + e, e);
        }
        return found;
    }

    private static long only(String name, Set<Long> addresses) {
        // Per-CPU symbols are offsets and may be 0 on old kernels; a kernel that hides gives 0 for all.
        if (addresses.contains(0L) && hides()) {
            throw new BpfException(
                    "the kernel hides the address of '" + name + "' (kernel.kptr_restrict); run with CAP_SYSLOG");
        }
        Iterator<Long> each = addresses.iterator();
        long address = each.next();
        if (each.hasNext()) {
            throw new BpfException("kernel symbol '" + name + "' is ambiguous: it is at 0x" + Long.toHexString(address)
                    + " and at 0x" + Long.toHexString(each.next()));
        }
        return address;
    }

    /** {@return whether the kernel has any of these symbols; needs no privilege} */
    public static boolean exist(Set<String> names) {
        try (BufferedReader lines = Files.newBufferedReader(FILE)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (names.contains(nameIn(line))) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            throw new BpfException("cannot read " + FILE + ": " + e, e);
        }
    }

    private static String nameIn(String line) {
        int end = line.indexOf('\t');
        return line.substring(line.indexOf(' ') + 3, end < 0 ? line.length() : end);
    }

    /** A kernel built by clang with LTO calls static data {@code name.llvm.hash}: so does libbpf find it. */
    private static String withoutCompilersSuffix(String line, String name) {
        int suffix = line.charAt(line.indexOf(' ') + 1) == 'd' ? name.indexOf(".llvm.") : -1;
        return suffix < 0 ? name : name.substring(0, suffix);
    }

    private static boolean hides() {
        try (BufferedReader lines = Files.newBufferedReader(FILE)) {
            for (int i = 0; i < 100; i++) {
                String line = lines.readLine();
                if (line == null) {
                    return true;
                }
                if (!line.startsWith("0000000000000000")) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw new BpfException("cannot read " + FILE + ": " + e, e);
        }
    }
}
