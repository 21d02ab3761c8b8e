package io.jbpf;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfFeature;
import io.jbpf.btf.BtfSanitiser;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.probe.BtfProbe;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An object's BTF in the kernel while maps and programs are made; they hold on to it themselves afterwards.
 *
 * @param fd its descriptor, if the kernel took it
 * @param number the descriptor's number for maps; 0 without BTF
 * @param forPrograms the same for programs; 0 also where the BTF has lost the functions that they would refer to
 */
record LoadedBtf(@Nullable Fd fd, int number, int forPrograms) implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LoadedBtf.class);
    private static final LoadedBtf NONE = new LoadedBtf(null, 0, 0);

    /**
     * Loads BTF, whole if the kernel takes it so.
     *
     * @param object the object's name
     * @param types its BTF, as the kernel shall have it
     * @param only all that the kernel is believed to take; if nothing is given, it is asked once it has refused
     */
    static LoadedBtf of(String object, Optional<byte[]> types, Optional<Set<BtfFeature>> only) {
        if (types.isEmpty()) {
            return NONE;
        }
        byte[] whole = types.get();
        int result = only.isPresent() ? -1 : load(whole);
        boolean functions = true;
        if (only.isEmpty() && result < 0 && new Errno(-result).isPassing()) {
            // No word about the types: without them maps would be made that look right and are not.
            throw new SystemCallException(
                    "load the BTF of object '" + object + "'", "bpf(BPF_BTF_LOAD)", new Errno(-result));
        }
        if (result < 0) {
            // An older kernel takes what is left without the kinds it does not know.
            Set<BtfFeature> features = only.orElseGet(BtfProbe::supported);
            functions = features.contains(BtfFeature.FUNC);
            result = load(BtfSanitiser.sanitise(Btf.parse(object, whole), features));
        }
        if (result < 0) {
            // BTF describes; nothing fails without it but what needs it, which will say so itself.
            LOG.debug("object '{}' goes without BTF: {}", object, new Errno(-result));
            return NONE;
        }
        Fd fd = Bpf.host().own(result, "BTF of object '" + object + "'");
        return new LoadedBtf(fd, result, functions ? result : 0);
    }

    private static int load(byte[] btf) {
        return Bpf.host().btfLoad(NativeMemory.copyOf(btf), NativeMemory.allocate(0), 0);
    }

    @Override
    public void close() {
        if (fd != null) {
            fd.close();
        }
    }
}
