package io.jbpf.link;

import io.jbpf.elf.BinaryFile;
import io.jbpf.elf.UsdtProbe;
import io.jbpf.error.BpfException;
import io.jbpf.error.UnsupportedFeatureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * At which address a probe is met: for kernels whose programs have no cookie to tell probes apart by.
 *
 * @param binary the file's path
 * @param file the file
 * @param pid the one process that is watched; −1 for all
 */
record UsdtAddresses(Path binary, BinaryFile file, int pid) {
    /** The address, in the process if it is told, else in every one, which only an executable at a fixed place has. */
    long of(UsdtProbe probe) {
        if (!file.isPositionIndependent()) {
            return probe.address();
        }
        if (pid < 0) {
            throw new UnsupportedFeatureException(
                    "arguments of USDT probes in a file that is loaded anywhere, in all processes at once (name one with"
                            + " ofProcess())",
                    "5.15",
                    null);
        }
        Path maps = Path.of("/proc", Integer.toString(pid), "maps");
        try (Stream<String> lines = Files.lines(maps)) {
            String real = binary.toRealPath().toString();
            return lines.map(line -> line.split("\\s+", 6))
                    .filter(word -> word.length == 6 && word[1].charAt(2) == 'x' && word[5].equals(real))
                    .mapToLong(word -> address(word, probe.fileOffset()))
                    .filter(address -> address != 0)
                    .findFirst()
                    .orElseThrow(() -> new BpfException(
                            "process " + pid + " has not loaded " + binary + ", or not the part with the probe"));
        } catch (IOException e) {
            throw new BpfException("cannot read what process " + pid + " has loaded: " + e, e);
        }
    }

    /** From a line of proc(5)'s maps: {@code begin-end mode offset …}; 0 if the place is not in it. */
    private static long address(String[] word, long fileOffset) {
        int dash = word[0].indexOf('-');
        long begin = Long.parseUnsignedLong(word[0].substring(0, dash), 16);
        long end = Long.parseUnsignedLong(word[0].substring(dash + 1), 16);
        long distance = fileOffset - Long.parseUnsignedLong(word[2], 16);
        return distance >= 0 && distance < end - begin ? begin + distance : 0;
    }
}
